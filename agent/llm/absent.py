"""No language model: what solves a given formulation needs none, and must not ask one."""

from agent.errors import ModelUnavailable
from agent.llm.base import Request, RequestModel
from agent.llm.protocol import OnText, Reply


class AbsentModel(RequestModel):
    """Refuses every call."""

    @property
    def name(self) -> str:
        """Shown where a model's name belongs."""
        return "none"

    def answer(self, request: Request, on_text: OnText | None) -> Reply:  # noqa: ARG002
        """Never an answer."""
        raise ModelUnavailable("this run was begun without a language model")

    async def aanswer(self, request: Request, on_text: OnText | None) -> Reply:
        """Never an answer."""
        return self.answer(request, on_text)
