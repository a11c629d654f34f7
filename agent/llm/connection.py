"""From settings to the model that serves."""

from agent.errors import ConfigError
from agent.llm import embedded
from agent.llm.openai_model import OpenAIModel, Price
from agent.llm.progress import Progress
from agent.llm.protocol import ChatModel
from agent.settings import Settings

OPENAI_URL = "https://api.openai.com/v1"
_SHOWN_MODELS = 5


def connect(settings: Settings, progress: Progress | None = None) -> ChatModel:
    """The model that the settings name: an endpoint's, or else the embedded one.

    Args:
        settings: the process's settings.
        progress: told of the embedded model's download, if there is one.

    Raises:
        ConfigError: a setting is missing or wrong; the text names it.
        ModelUnavailable: no model is named, and the endpoint cannot be asked for its only one.
    """
    if settings.is_local:
        return embedded.shared(settings, progress)
    if settings.model:
        return _endpoint(settings, settings.model)
    asking = _endpoint(settings, "")
    try:
        return _endpoint(settings, _only_model(asking.models()))
    finally:
        asking.close()


def _endpoint(settings: Settings, model: str) -> OpenAIModel:
    return OpenAIModel(
        settings.base_url or OPENAI_URL,
        settings.api_key,
        model,
        timeout_s=settings.request_timeout_s,
        max_retries=settings.max_retries,
        price=_price(settings),
    )


def _price(settings: Settings) -> Price | None:
    if settings.price_prompt is None or settings.price_completion is None:
        return None
    return Price(settings.price_prompt, settings.price_completion)


def _only_model(models: list[str]) -> str:
    if len(models) == 1:
        return models[0]
    shown = ", ".join(sorted(models)[:_SHOWN_MODELS]) + (", ..." if len(models) > _SHOWN_MODELS else "")
    raise ConfigError(
        f"the endpoint offers {len(models)} models; set OPTWRIGHT_MODEL to one: {shown or 'none'}"
    )
