"""Vectors of texts by an OpenAI-compatible endpoint, for search by meaning."""

import asyncio
from collections.abc import Sequence

import openai

from library.errors import EmbeddingUnavailable


class Embedding:
    """One embedding model behind one endpoint; keeps the promises of `library.Embed`."""

    def __init__(
        self, base_url: str, api_key: str | None, model: str, *, timeout_s: float, max_retries: int
    ) -> None:
        """Connects on the first call only."""
        self._model = model
        self._client = openai.OpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=max_retries
        )

    @property
    def model(self) -> str:
        """The model's name at the endpoint."""
        return self._model

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """A vector for each text.

        Raises:
            EmbeddingUnavailable: the endpoint gave none; the text says why, without the key.
        """
        try:
            reply = await asyncio.to_thread(
                self._client.embeddings.create, model=self._model, input=list(texts), encoding_format="float"
            )
        except openai.OpenAIError as error:
            raise EmbeddingUnavailable(
                f"the embedding model {self._model} gave no answer ({type(error).__name__})"
            ) from error
        return [row.embedding for row in sorted(reply.data, key=lambda row: row.index)]
