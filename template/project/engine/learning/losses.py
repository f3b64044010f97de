"""Losses by name, the loss of a batch with its named terms, and its weight in the mean over an epoch.

With these weights the mean over all batches is the mean over the whole set, however it is cut into batches.
"""

from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..choices.building import build
from ..choices.groups import arguments, file_of
from ..choices.kinds import LOSS, LOSSES
from ..choices.names import find_class
from ..errors import OptionError, RunError, one_line
from ..loading.batches import first, forward_parameters, mismatch, samples_in, shapes, tensors
from ..loading.processes import report_once
from .targets import CLASSES, SAME_SHAPE, TASKS, check_targets, outputs_and_targets, reshaped

# Means over targets, weighted by class.
CLASS_MEAN = ("CrossEntropyLoss", "NLLLoss", "LinearCrossEntropyLoss")
RETURNS = "let its forward return one number, such as loss.mean(), or that and a dict of named terms"


class BatchLoss(NamedTuple):
    """The loss of a batch.

    Attributes:
        value: one number.
        weight: how much it counts in the mean over an epoch.
        is_sum: whether it is a sum over the batch; otherwise it is a mean.
        terms: means over the batch, which are logged under their names.
    """

    value: Tensor
    weight: Any
    is_sum: bool
    terms: dict[str, Tensor]


def build_loss(name: str, args: dict[str, Any]) -> nn.Module:
    """Build a loss: a class of torch.nn, or a module of LOSSES in utils/.

    Class weights of a loss of torch.nn are given as a list.
    Raises OptionError if it does not reduce a batch to one number.
    """
    loss_class = find_class(LOSS, name)
    if not LOSS.is_of_library(loss_class):
        return build(loss_class, "loss_args", args)
    if args.get("reduction") == "none":  # a batch of one sample would have one number
        message = f"{name} with reduction none does not return a single number"
        raise OptionError(message, "use --loss_args.reduction mean or sum")
    args = arguments(loss_class, "loss_args", args)
    args |= {key: args[key].float() for key in ("weight", "pos_weight") if args.get(key) is not None}
    loss = loss_class(**args)
    for key, buffer in list(loss.named_buffers(recurse=False)):  # class weights follow from the options
        loss.register_buffer(key, buffer, persistent=False)
    return loss


def library_equivalent(name: str) -> str:
    """Return the name of the loss of torch.nn that has the task of a loss; its own name if it has no task.

    Metrics, targets and the confusion matrix are treated as for that loss.
    """
    loss_class = find_class(LOSS, name)
    return (None if LOSS.is_of_library(loss_class) else loss_of_task(loss_class)) or name


def loss_of_task(own: type[nn.Module]) -> str | None:
    """Return the loss of torch.nn that has the `task` of your own loss; None if it has no task.

    Raises OptionError for an unknown task.
    """
    task = getattr(own, "task", None)
    if task is None:
        return None
    if not isinstance(task, str) or task not in TASKS:
        hint = f"set `task` in {file_of(own)} to one of {', '.join(map(repr, TASKS))}"
        raise OptionError(f"task of {own.__name__} is {task!r}", hint)
    return TASKS[task][0]


def batch_loss(loss: nn.Module, output: Any, target: Any, batch: Any) -> BatchLoss:
    """Return the loss of a batch.

    A batch whose targets all are `ignore_index`, or of classes with the weight 0, has no mean: its loss and
    terms are 0, and nothing is learnt.

    Raises RunError for outputs and targets that the loss does not take, and if the loss is not one number.
    """
    class_name, samples = type(loss).__name__, samples_in(batch if tensors(batch) else output)
    terms: dict[str, Any] = {}
    if name := library_name(loss):
        value, weight = call_library_loss(name, loss, output, target, samples)
    else:
        value, weight = call_own_loss(loss, output, target), own_weight(loss, target, samples)
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict):
            value, terms = value[0], {str(term): number for term, number in value[1].items()}
    value = one_number(value, class_name)
    if torch.is_grad_enabled() and not value.requires_grad:
        message = "the loss does not depend on any trained weight"
        raise RunError(message, "look for detach(), item(), argmax() or no_grad() in the net and in the loss")
    for name, term in terms.items():
        number = value.new_tensor(term) if isinstance(term, (int, float)) else term
        terms[name] = one_number(number, f"{class_name}, term {name!r},").detach()
    if isinstance(weight, Tensor) and not weight > 0:
        # A mean of nothing is 0 / 0: its gradients would be NaN. The sum of no outputs has gradients of 0.
        value = sum((part.flatten()[:0].sum() for part in tensors(output)), value.new_zeros(()))
        terms = {name: torch.zeros_like(term) for name, term in terms.items()}
    return BatchLoss(value, weight, getattr(loss, "reduction", "") == "sum", terms)


def one_number(value: Any, what: str) -> Tensor:
    """Return a loss or a term as a tensor without dimensions. Raises RunError if it is not one number."""
    if not isinstance(value, Tensor) or value.numel() != 1:
        returned = shapes(value) or type(value).__name__  # of an empty one there are no shapes
        raise RunError(f"{what} returns {returned}, not a tensor with one number", RETURNS)
    return value.reshape(())


def library_name(loss: nn.Module) -> str:
    """Return the name of the loss of torch.nn whose `forward` runs; "" for your own loss."""
    kind = next(kind for kind in type(loss).__mro__ if "forward" in vars(kind))
    return kind.__name__ if LOSSES.get(kind.__name__) is kind else ""


def call_library_loss(
    name: str, loss: nn.Module, output: Any, target: Any, samples: int
) -> tuple[Tensor, Any]:
    """Return the value of a loss of torch.nn, and its weight."""
    parameters = list(forward_parameters(loss))
    outputs, targets = outputs_and_targets(name, parameters, output, target)
    targets = [part if part.is_floating_point() else part.long() for part in targets]  # bytes compare badly
    check_targets(name, loss, outputs, targets)
    if name in SAME_SHAPE:
        dtype = torch.promote_types(outputs[0].dtype, torch.float32)  # half precision would round the targets
        targets = [reshaped(targets[0], outputs[0]).to(dtype), *targets[1:]]
        outputs = [outputs[0].to(dtype), *outputs[1:]]
    try:
        value = loss(*loss_arguments(parameters, outputs, targets))
    except (IndexError, RuntimeError, ValueError) as error:
        what = f"output {shapes(output)} and target {shapes(target)}"
        message = f"{name} does not take {what}: {one_line(error)}"
        raise RunError(message, "change the net, the dataset, --loss or --loss_args") from error
    return value, library_weight(name, loss, outputs, targets, samples)


def call_own_loss(loss: nn.Module, output: Any, target: Any) -> Any:
    """Call your own loss with (output, target) as they are.

    If it has a `task`, targets are checked and shaped as for the loss of torch.nn for that task. Without one,
    shapes that arithmetic would broadcast are reported.
    Raises RunError if it does not take the two: nothing is dropped.
    """
    library_loss = loss_of_task(type(loss))
    if isinstance(output, Tensor) and isinstance(target, Tensor):
        if library_loss:
            check_targets(library_loss, loss, [output], [target])
            target = reshaped(target, output) if library_loss in SAME_SHAPE else target
        elif {output.shape, target.shape} == {(target.numel(),), (target.numel(), 1)}:
            what = "unless it reshapes them, it compares each sample with all others"
            report_once(f"{type(loss).__name__} gets an output and a target of shapes (B) and (B, 1): {what}")
    if different := mismatch((output, target), {}, loss):
        message = f"the forward of {type(loss).__name__} takes {different}"
        raise RunError(message, "let it take (output, target)")
    return loss(output, target)


def loss_arguments(names: list[str], outputs: list[Any], targets: list[Any]) -> list[Any]:
    """Return outputs and targets in the order of the parameters of a loss's forward.

    GaussianNLLLoss takes (input, target, var), CTCLoss (log_probs, targets, input_lengths, target_lengths).
    """
    target_names = [name for name in names if name.startswith("target")]
    if len(targets) == len(target_names):
        next_output, next_target = iter(outputs), iter(targets)
        return [next(next_target if name in target_names else next_output) for name in names]
    position = names.index(target_names[0]) if target_names else len(outputs)
    return [*outputs[:position], *targets, *outputs[position:]]


def library_weight(name: str, loss: Any, outputs: list[Tensor], targets: list[Tensor], samples: int) -> Any:
    """Return a batch's weight in the mean of a loss of torch.nn; only its ratio to other batches matters."""
    output, target = outputs[0], (targets or outputs)[0]
    if name in CLASS_MEAN and not target.is_floating_point():
        return class_weight(target, loss.ignore_index, loss.weight)
    if loss.reduction in ("sum", "batchmean"):
        return samples if loss.reduction == "sum" else len(output)
    if name == "CTCLoss":
        return output.shape[1] if output.ndim == 3 else 1
    if name in (*CLASS_MEAN, "MultiLabelMarginLoss") and target.ndim > 1:  # a number for each class
        return target.numel() // target.shape[1]
    if name in (*CLASSES, "CosineEmbeddingLoss"):
        return target.numel()
    return prod(torch.broadcast_shapes(*(part.shape for part in (*outputs, *targets))))


def own_weight(loss: nn.Module, target: Any, samples: int) -> Any:
    """Return the weight for your own loss: samples, or with `ignore_index` the targets that count."""
    ignored, weight = getattr(loss, "ignore_index", None), getattr(loss, "weight", None)
    truth = first(target)
    if ignored is None or not isinstance(truth, Tensor) or truth.is_floating_point():
        return samples
    class_weights = weight if isinstance(weight, Tensor) and weight.ndim == 1 else None
    return class_weight(truth.long(), ignored, class_weights)


def class_weight(target: Tensor, ignored: int | None, weight: Tensor | None) -> Tensor:
    """Return the number of targets that count, or the sum of the weights of their classes."""
    used = target != ignored if ignored is not None else torch.ones_like(target, dtype=torch.bool)
    return used.sum() if weight is None else (weight[target * used] * used).sum()
