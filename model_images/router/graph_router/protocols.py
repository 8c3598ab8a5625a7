"""How models are asked: requests and answers as JSON over HTTP."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from graph_router.errors import UnreadableError
from graph_router.graph import Model
from graph_router.tensors import Tensors, nested, of_nested, tensors_in, written


class Protocol(ABC):
    """Tensors to a request, and an answer to tensors."""

    @abstractmethod
    def path(self, model: str) -> str:
        """Where predictions are asked for."""

    @abstractmethod
    def request(self, tensors: Tensors) -> Mapping[str, Any]:
        """The document that asks with these tensors."""

    @abstractmethod
    def answer(self, document: Any, model: Model) -> Tensors:  # noqa: ANN401 - any value of JSON
        """The tensors of an answer.

        Raises:
            UnreadableError: it is not what the protocol or the stack's settings say.
        """


class OpenInference(Protocol):
    """The open inference protocol, which names and types its tensors."""

    def path(self, model: str) -> str:
        """See the base class."""
        return f"/v2/models/{model}/infer"

    def request(self, tensors: Tensors) -> Mapping[str, Any]:
        """See the base class."""
        return {"inputs": written(tensors)}

    def answer(self, document: Any, model: Model) -> Tensors:  # noqa: ANN401 - any value of JSON
        """See the base class."""
        del model
        return tensors_in(document, "outputs")


class TensorFlowServing(Protocol):
    """The predict API by columns, whose answer names its tensors if there are several, and types none.

    Source: https://www.tensorflow.org/tfx/serving/api_rest#predict_api
    """

    def path(self, model: str) -> str:
        """See the base class."""
        return f"/v1/models/{model}:predict"

    def request(self, tensors: Tensors) -> Mapping[str, Any]:
        """See the base class."""
        return {"inputs": {name: nested(each) for name, each in tensors.items()}}

    def answer(self, document: Any, model: Model) -> Tensors:  # noqa: ANN401 - any value of JSON
        """Tensors that the settings do not declare are left out: nobody knows their type."""
        if not isinstance(document, dict) or "outputs" not in document:
            raise UnreadableError("it has no outputs")
        found = document["outputs"]
        if not isinstance(found, dict):
            if len(model.outputs) != 1:
                raise UnreadableError(f"it has one tensor, not the {len(model.outputs)} that the graph declares")
            found = {model.outputs[0].name: found}
        if missing := [each.name for each in model.outputs if each.name not in found]:
            raise UnreadableError(f"it has no tensor '{missing[0]}', which the graph declares")
        return {each.name: of_nested(found[each.name], each.datatype, each.name) for each in model.outputs}


PROTOCOLS: Mapping[str, Protocol] = {"tensorflow-serving": TensorFlowServing(), "open-inference": OpenInference()}


def decoded(body: bytes) -> Any:  # noqa: ANN401 - any value of JSON
    """A document.

    Raises:
        UnreadableError: it is not JSON.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableError("it is not JSON") from None
