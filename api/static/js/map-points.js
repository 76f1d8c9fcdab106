// Draws all points in one call of WebGL2, islands as soft discs beneath. Knows nothing of mice and themes' names.
const POINTS = `#version 300 es
in vec2 place;
in uint theme;
in uint mark;
uniform vec2 centre, stretch;
uniform float size, only, rest;
uniform highp sampler2D palette;
uniform vec4 ink, shade;
out vec4 colour;
out float width;
void main() {
  gl_Position = vec4((place - centre) * stretch, 0.0, 1.0);
  vec4 own = texelFetch(palette, ivec2(int(theme & 255u), int(theme >> 8)), 0);
  bool picked = mark == 1u;
  bool unfit = mark == 2u;
  colour = picked ? vec4(mix(own.rgb, ink.rgb, 0.55), 1.0) : unfit ? shade : vec4(own.rgb, own.a * only);
  width = picked ? size + 2.0 : unfit ? rest : size * (own.a < 0.3 ? 0.8 : 1.0);
  gl_PointSize = width;
}`;
const DOTS = `#version 300 es
precision mediump float;
in vec4 colour;
in float width;
out vec4 pixel;
void main() {
  float away = length(gl_PointCoord - 0.5) * width;
  float cover = clamp(width * 0.5 - away, 0.0, 1.0);
  if (cover <= 0.0) discard;
  float alpha = colour.a * cover;
  pixel = vec4(colour.rgb * alpha, alpha);
}`;
const ISLANDS = `#version 300 es
in vec2 corner;
in vec3 disc;
in vec4 tint;
uniform vec2 centre, stretch;
out vec2 at;
out vec4 colour;
void main() {
  at = corner * 1.12;
  colour = tint;
  gl_Position = vec4((disc.xy + at * disc.z - centre) * stretch, 0.0, 1.0);
}`;
const GROUND = `#version 300 es
precision mediump float;
in vec2 at;
in vec4 colour;
out vec4 pixel;
void main() {
  float alpha = colour.a * (1.0 - smoothstep(0.90, 1.10, length(at)));
  pixel = vec4(colour.rgb * alpha, alpha);
}`;

function program(gl, vertex, fragment) {
  const made = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  const uniforms = {};
  for (let i = 0; i < gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS); i += 1) {
    const { name } = gl.getActiveUniform(made, i);
    uniforms[name] = gl.getUniformLocation(made, name);
  }
  return { made, uniforms, at: (name) => gl.getAttribLocation(made, name) };
}

export class PointsView {
  // Throws where the browser has no WebGL2.
  constructor(canvas, data) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: true, premultipliedAlpha: true });
    if (!gl) throw new Error("no WebGL2");
    this.gl = gl;
    this.canvas = canvas;
    this.data = data;
    this.ink = [0, 0, 0, 1];
    this.shade = [0, 0, 0, 0.1];
    this.fits = null;
    this.picked = [];
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => { this.build(); this.onrestored?.(); });
    this.build();
  }

  build() {
    const { gl, data } = this;
    this.points = program(gl, POINTS, DOTS);
    this.ground = program(gl, ISLANDS, GROUND);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const places = new Int16Array(data.count * 2);
    for (let i = 0; i < data.count; i += 1) {
      places[2 * i] = data.xs[i];
      places[2 * i + 1] = data.ys[i];
    }
    this.shape = gl.createVertexArray();
    gl.bindVertexArray(this.shape);
    this.attribute(this.points.at("place"), places, 2, gl.SHORT, false);
    this.attribute(this.points.at("theme"), data.of, 1, gl.UNSIGNED_SHORT, true);
    this.marks = this.attribute(this.points.at("mark"), new Uint8Array(data.count), 1, gl.UNSIGNED_BYTE, true);
    this.palette = gl.createTexture();
    this.buildGround();
  }

  attribute(at, values, size, type, whole) {
    const { gl } = this;
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(at);
    if (whole) gl.vertexAttribIPointer(at, size, type, 0, 0);
    else gl.vertexAttribPointer(at, size, type, false, 0, 0);
    return buffer;
  }

  buildGround() {
    const { gl, data } = this;
    const discs = data.themes.filter((theme) => theme.radius > 0).flatMap((theme) => [theme.x, theme.y, theme.radius]);
    this.islands = discs.length / 3;
    this.sea = gl.createVertexArray();
    gl.bindVertexArray(this.sea);
    this.attribute(this.ground.at("corner"), new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), 2, gl.FLOAT, false);
    this.attribute(this.ground.at("disc"), new Float32Array(discs), 3, gl.FLOAT, false);
    gl.vertexAttribDivisor(this.ground.at("disc"), 1);
    this.tints = this.attribute(this.ground.at("tint"), new Float32Array(this.islands * 4), 4, gl.FLOAT, false);
    gl.vertexAttribDivisor(this.ground.at("tint"), 1);
  }

  // colours: [r, g, b, a] of 0..255, one a theme; none: of points without theme; ink: of picked points; shade: of
  // points that do not fit the filters.
  paint(colours, none, ink, shade, groundAlpha) {
    const { gl, data } = this;
    this.ink = ink.map((value) => value / 255);
    this.shade = shade.map((value) => value / 255);
    const rows = 256;
    const texels = new Uint8Array(256 * rows * 4);
    colours.forEach((colour, theme) => texels.set(colour, theme * 4));
    texels.set(none, 65535 * 4);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    const tints = data.themes.flatMap((theme, i) => {
      if (theme.radius <= 0) return [];
      const [r, g, b, a] = colours[i];
      return [r / 255, g / 255, b / 255, groundAlpha * (a > 128 ? 1 : 0.35)];
    });
    gl.bindBuffer(gl.ARRAY_BUFFER, this.tints);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(tints), gl.DYNAMIC_DRAW);
  }

  mark(indices) {
    this.picked = indices;
    this.sendMarks();
  }

  // fits: a byte a point, 1 where it fits; null where all do.
  filter(fits) {
    this.fits = fits;
    this.sendMarks();
  }

  sendMarks() {
    const { gl, data, fits, picked } = this;
    const marks = new Uint8Array(data.count);
    if (fits) for (let i = 0; i < data.count; i += 1) marks[i] = fits[i] ? 0 : 2;
    for (const index of picked) marks[index] = 1;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.marks);
    gl.bufferData(gl.ARRAY_BUFFER, marks, gl.DYNAMIC_DRAW);
  }

  // size: pixels of a point; rest: of one that does not fit the filters.
  draw(camera, size, rest, count) {
    const { gl, data, canvas } = this;
    const sharp = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.round(camera.width * sharp);
    const height = Math.round(camera.height * sharp);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const stretch = [2 * camera.zoom / camera.width, 2 * camera.zoom / camera.height];
    if (this.islands) {
      gl.useProgram(this.ground.made);
      gl.uniform2f(this.ground.uniforms.centre, camera.x, camera.y);
      gl.uniform2f(this.ground.uniforms.stretch, ...stretch);
      gl.bindVertexArray(this.sea);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.islands);
    }
    const { uniforms } = this.points;
    gl.useProgram(this.points.made);
    gl.uniform2f(uniforms.centre, camera.x * data.scale, camera.y * data.scale);
    gl.uniform2f(uniforms.stretch, stretch[0] / data.scale, stretch[1] / data.scale);
    gl.uniform1f(uniforms.size, size * sharp);
    gl.uniform1f(uniforms.rest, rest * sharp);
    gl.uniform1f(uniforms.only, this.picked.length ? 0.35 : 1);
    gl.uniform4f(uniforms.ink, ...this.ink);
    gl.uniform4f(uniforms.shade, ...this.shade);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.uniform1i(uniforms.palette, 0);
    gl.bindVertexArray(this.shape);
    gl.drawArrays(gl.POINTS, 0, count);
  }
}
