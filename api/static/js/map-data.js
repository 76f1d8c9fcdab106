// The answer of /api/v1/map, unpacked: themes, and points as typed arrays the graphics card can take as they are.
export const NO_THEME = 65535;

export async function loadMap(address) {
  const answer = await fetch(address, { headers: { Accept: "application/vnd.zhongsheng.map, application/json" } });
  if (!answer.ok) throw new Error(`the map answered ${answer.status}`);
  return unpack(await answer.arrayBuffer());
}

// Which points fit a filter: a byte each, 1 where it does. Points that came after the map was read are left out.
export async function loadFitting(address, { count, numbers }, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(`the filter answered ${answer.status}`);
  const fits = new Uint8Array(count);
  let number = 0;
  let i = 0;
  for (const step of (await answer.json()).data.steps) {
    number += step;
    while (i < count && numbers[i] < number) i += 1;
    if (numbers[i] === number) fits[i] = 1;
  }
  return fits;
}

function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const count = header.points;
  let at = 4 + length;
  const take = (Type) => {
    const taken = new Type(buffer, at, count);
    at += count * Type.BYTES_PER_ELEMENT;
    return taken;
  };
  const numbers = take(Int32Array);
  for (let i = 1; i < count; i += 1) numbers[i] += numbers[i - 1];
  return { themes: header.themes, scale: header.scale, count, numbers, xs: take(Int16Array), ys: take(Int16Array), of: take(Uint16Array) };
}

// Ascending numbers as their differences in base 36: what a hundred thousand points need to travel.
export function pack(numbers) {
  const sorted = Int32Array.from(numbers).sort();
  return Array.from(sorted, (number, i) => (number - (i ? sorted[i - 1] : 0)).toString(36)).join(".");
}
