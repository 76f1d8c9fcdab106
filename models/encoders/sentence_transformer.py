"""Any sentence-transformers model, by hub name (as already on this machine) or folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.encoders.batching import Vectors, encode_in_batches
from models.encoders.protocol import EncoderIdentity, Progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


Precision = Literal["float32", "bfloat16"]

_WARM_UP = "众声"
_NATIVE_BFLOAT16 = ("amx_bf16", "avx512_bf16")  # instruction sets; elsewhere bfloat16 is emulated, and slower


class ModelNotFoundError(RuntimeError):
    """No such model on this machine, and fetching it was not allowed."""


class SentenceTransformerEncoder:
    """A sentence-transformers model behind the protocol. Nothing is downloaded unless `allow_download`.

    precision: of the matrix products; weights and sums stay float32. bfloat16 on a processor that has it is more than
    twice as fast at cosines of 0.9999 (docs/decisions/0005-bfloat16.md), and the identity does not name it.
    """

    def __init__(
        self,
        name: str,
        *,
        prompt: str = "",
        allow_download: bool = False,
        batch_size: int = 32,
        precision: Precision = "float32",
    ) -> None:
        self.name = name
        self.prompt = prompt
        self.precision = precision
        self._allow_download = allow_download
        self._batch_size = batch_size

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode(self, texts: Sequence[str], *, prompt: str | None = None, progress: Progress | None = None) -> Vectors:
        """Unit rows. `prompt` replaces the encoder's own for these texts, for models made to read questions and
        passages differently."""
        dimension = self._dimension  # loads the model before the workers need it
        with _workers() as executor:
            return encode_in_batches(
                texts,
                partial(self._encode_batch, prompt=self.prompt if prompt is None else prompt),
                dimension=dimension,
                batch_size=self._batch_size,
                progress=progress,
                executor=executor,
            )

    def _encode_batch(self, texts: list[str], prompt: str) -> Vectors:
        import torch

        # entered here because it holds for the thread that enters it
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision == "bfloat16"):
            vectors = self._model.encode(
                [prompt + text for text in texts],
                batch_size=len(texts),
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=False,
            )
        return np.asarray(vectors, dtype=np.float32)

    @cached_property
    def _model(self) -> SentenceTransformer:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # ours is the only bar the user should see
        try:
            model = SentenceTransformer(
                self.name,
                device="cpu" if not torch.cuda.is_available() else None,
                local_files_only=not self._allow_download,
                model_kwargs={"dtype": torch.float32},
            )
        except (OSError, ValueError) as error:
            raise ModelNotFoundError(
                f"no sentence-transformers model {self.name!r} on this machine: give a folder, or allow downloads"
            ) from error
        model.eval()
        # settles the tokenizer's padding and truncation, which may not change while several threads use it
        model.encode([_WARM_UP], show_progress_bar=False)
        return model

    @cached_property
    def _dimension(self) -> int:
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelNotFoundError(f"model {self.name!r} does not say how long its vectors are")
        return int(dimension)

    @cached_property
    def _identity(self) -> EncoderIdentity:
        folder = Path(self.name)
        label = folder.name if folder.is_dir() else self.name
        digest = self._weights_digest()
        return EncoderIdentity(f"st:{label}", digest[:12], self._dimension, digest)

    def _weights_digest(self) -> str:
        """SHA-256 over the parameters as loaded: the same for one model under two names."""
        digest = hashlib.sha256(self.prompt.encode("utf-8"))
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode("utf-8"))
            digest.update(np.ascontiguousarray(tensor.detach().float().cpu().numpy()).data)
        return digest.hexdigest()


def native_precision() -> Precision:
    """bfloat16 where this processor multiplies it in hardware, else float32."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return "bfloat16" if any(capabilities.get(name) for name in _NATIVE_BFLOAT16) else "float32"


def _workers() -> ThreadPoolExecutor:
    """As many threads as torch would use, each of which computes alone.

    One thread a batch needs no barriers inside the network: on busy cores, where a barrier waits for the thread that
    has lost its turn, that is three to four times faster; and sums do not depend on the number of threads.
    """
    import torch

    return ThreadPoolExecutor(max(1, torch.get_num_threads()), initializer=torch.set_num_threads, initargs=(1,))
