"""The loss of a batch, and its weight in the mean over an epoch, so that this is the mean over the whole set."""

from inspect import Parameter
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import RunError
from .batches import ANY, first, forward_parameters, samples_in, shapes
from .losses import ALIKE, CLASSES, library_name, reshaped
from .targets import check_targets, pair, parts

BY_CLASS = ("CrossEntropyLoss", "NLLLoss", "LinearCrossEntropyLoss")  # means over the targets that count
FORM = "let its forward return one tensor that holds one number, such as the sum of its parts"


def counted(loss: nn.Module, output: Any, target: Any, batch: Any) -> tuple[Tensor, Tensor, Any]:
    """The loss of a batch; its sum over what it is a mean of; and over how much that is.

    A batch whose targets the loss leaves out, every one, has no mean: its loss is 0, and nothing is learnt from it.

    Raises RunError for outputs and targets that the loss does not take, and for a loss that is not one number.
    """
    name, samples = library_name(loss), samples_in(batch)
    if name:
        value, terms = call_library(name, loss, output, target, samples)
    else:
        value, terms = call_own(loss, output, target), own_terms(loss, target, samples)
    if not isinstance(value, Tensor):
        raise RunError(f"{type(loss).__name__} returns {described(value)}, not a tensor", FORM)
    if value.numel() != 1:
        raise RunError(f"{type(loss).__name__} returns {shapes(value)}, not one number", f"{FORM}: loss.mean()")
    if torch.is_grad_enabled() and not value.requires_grad:
        message = "the loss depends on no weight that is trained"
        raise RunError(message, "look for detach(), item(), argmax() or no_grad() in the net and in the loss")
    value = value.reshape(())
    if isinstance(terms, Tensor):
        value = value.where(terms > 0, 0)
    if getattr(loss, "reduction", "mean") == "sum":
        return value, value.detach(), terms
    return value, value.detach().float() * terms, terms  # half precision ends at 65504


def call_library(name: str, loss: nn.Module, output: Any, target: Any, samples: int) -> tuple[Tensor, Any]:
    """The value of a loss of torch.nn, and over how much it is a mean."""
    takes = list(forward_parameters(loss))
    outputs, targets = pair(name, takes, output, target)
    targets = [part if part.is_floating_point() else part.long() for part in targets]  # bytes compare badly
    check_targets(name, loss, outputs, targets)
    if name in ALIKE:
        dtype = torch.promote_types(outputs[0].dtype, torch.float32)  # half precision would round the targets
        targets = [reshaped(targets[0], outputs[0]).to(dtype), *targets[1:]]
        outputs = [outputs[0].to(dtype), *outputs[1:]]
    try:
        value = loss(*arranged(takes, outputs, targets))
    except (IndexError, RuntimeError, ValueError) as error:
        what = f"output {shapes(output)} and target {shapes(target)}"
        reason = " ".join(str(error).split())
        raise RunError(f"{name} does not take {what}: {reason}", "change the net, the dataset or --loss") from error
    return value, terms_of(name, loss, outputs, targets, samples)


def arranged(takes: list[str], outputs: list[Any], targets: list[Any]) -> list[Any]:
    """Outputs and targets in the order of the parameters of a loss's forward.

    GaussianNLLLoss takes (input, target, var), CTCLoss (log_probs, targets, input_lengths, target_lengths).
    """
    wanted = [name for name in takes if name.startswith("target")]
    if len(targets) == len(wanted):
        one, other = iter(outputs), iter(targets)
        return [next(other if name in wanted else one) for name in takes]
    place = takes.index(wanted[0]) if wanted else len(outputs)
    return [*outputs[:place], *targets, *outputs[place:]]


def call_own(loss: nn.Module, output: Any, target: Any) -> Any:
    """The value of a loss of one's own: its forward takes (output, target) as they are, or each of their parts.

    Raises RunError if it takes neither: nothing is dropped.
    """
    parameters = forward_parameters(loss)
    takes = [name for name, parameter in parameters.items() if parameter.kind not in (*ANY, Parameter.KEYWORD_ONLY)]
    needed = sum(parameters[name].default is Parameter.empty for name in takes)
    outputs, targets = parts(output), parts(target)
    given = len(outputs) + len(targets)
    if any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in parameters.values()):
        return loss(*outputs, *targets)
    pair_alone = len(takes) == 2 and target is not None
    if needed <= 2 <= len(takes) and (given != needed or pair_alone):
        return loss(*arranged(takes[:2], [output], [target]))
    if needed <= given <= len(takes):
        return loss(*arranged(takes[:given], outputs, targets))
    message = f"the forward of {type(loss).__name__} takes {', '.join(takes)}"
    message += f", and there are output {shapes(output)} and target {shapes(target)}"
    raise RunError(message, "let it take (output, target), or each output and each target")


def terms_of(name: str, loss: Any, outputs: list[Tensor], targets: list[Tensor], samples: int) -> Any:
    """Over how much the value of a loss of torch.nn is a mean: numbers, distances, samples or weights of classes."""
    scores = outputs[0]
    if name in BY_CLASS and not targets[0].is_floating_point():
        return class_weight(targets[0], loss.ignore_index, loss.weight)
    if loss.reduction == "sum":
        return samples
    if name in CLASSES or name == "LinearCrossEntropyLoss":
        shares = targets[0].is_floating_point()
        return targets[0].numel() // (targets[0].shape[1] if shares else 1)
    if name.startswith("Triplet"):
        return prod(scores.shape[:-1])
    if name == "CTCLoss":
        return scores.shape[1] if scores.ndim == 3 else 1
    if name == "MultiLabelMarginLoss":
        return len(scores) if scores.ndim > 1 else 1
    if name == "CosineEmbeddingLoss":
        return targets[0].numel()
    if loss.reduction == "batchmean":
        return len(scores)
    if name in ALIKE:
        return scores.numel()
    return prod(torch.broadcast_shapes(*(part.shape for part in (*outputs, *targets))))


def own_terms(loss: nn.Module, target: Any, samples: int) -> Any:
    """The same for a loss of one's own: samples, or with an `ignore_index` the targets that count."""
    ignored, weight = getattr(loss, "ignore_index", None), getattr(loss, "weight", None)
    truth = first(target)
    if ignored is None or not isinstance(truth, Tensor) or truth.is_floating_point():
        return samples
    return class_weight(truth.long(), ignored, weight if isinstance(weight, Tensor) and weight.ndim == 1 else None)


def class_weight(target: Tensor, ignored: int | None, weight: Tensor | None) -> Tensor:
    """The targets that count, by the weights of their classes if there are any."""
    counts = target != ignored if ignored is not None else torch.ones_like(target, dtype=torch.bool)
    return counts.sum() if weight is None else (weight[target * counts] * counts).sum()


def described(value: Any) -> str:
    """What a loss returned, such as `a dict with loss, small`."""
    if isinstance(value, dict):
        return f"a dict with {', '.join(map(str, value))}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)} parts"
    return "None" if value is None else f"a {type(value).__name__}"
