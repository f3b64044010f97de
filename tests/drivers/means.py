"""Evaluate batches that hold different numbers of values, and compute the same over all at once.

python means.py CASES RESULTS, in a project's folder. CASES is not used. RESULTS becomes a mapping
of each case -> the loss or metric of the project, and that of a plain computation.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))


def library(name: str) -> Any:
    """Import what the project's environment has, and that of these tests has not."""
    return importlib.import_module(name)


torch, lightning = library("torch"), library("pytorch_lightning")
nn, functional = torch.nn, torch.nn.functional

# What a net returns for a batch, and what the dataset gave.
Batch = tuple[Any, Any]
# The loss, its arguments, the batches, and the outputs and targets of a plain computation.
Case = tuple[str, dict[str, Any], list[Batch], Batch]
SIZES = ((8, 3), (8, 7), (8, 2), (1, 5))  # samples and words of each batch
CLASSES = 4


def values(kind: str) -> list[Batch]:
    """Return batches (B, T), each of a size and a length of its own."""
    batches: list[Batch] = []
    for number, (size, length) in enumerate(SIZES):
        own = torch.Generator().manual_seed(number)
        output = torch.randn(size, length, generator=own) * (number + 1)
        target = torch.randn(size, length, generator=own)
        if kind == "labels":
            target = (target > 0).float()
        if kind == "signs":
            target = target.sign()
        if kind == "shares":
            output, target = output.log_softmax(1), target.softmax(1)
        batches.append((output, target))
    return batches


def words(ignored: int | None = None, *, soft: bool = False) -> list[Batch]:
    """Return scores (B, C, T) and classes (B, T), or shares (B, C, T)."""
    batches: list[Batch] = []
    for number, (size, length) in enumerate(SIZES):
        own = torch.Generator().manual_seed(number)
        output = torch.randn(size, CLASSES, length, generator=own) * (number + 1)
        target = torch.randint(CLASSES, (size, length), generator=own)
        if ignored is not None:
            target[:, 1:2] = ignored
        if soft:
            target = torch.randn(size, CLASSES, length, generator=own).softmax(1)
        batches.append((output, target))
    return batches


def vectors(several: int, targets: str) -> list[Batch]:
    """Return several outputs (B, D) or (B,) and targets (B,), of batches of 8, 8, 8 and 1."""
    batches: list[Batch] = []
    for number, (size, _) in enumerate(SIZES):
        own = torch.Generator().manual_seed(number)
        shape = (size,) if targets == "ranks" else (size, 5)
        outputs = tuple(torch.randn(*shape, generator=own) * (number + 1) for _ in range(several))
        batches.append((outputs, torch.randn(size, generator=own).sign()))
    return batches


def flat(batches: list[Batch]) -> Batch:
    """Return all numbers in a row."""
    outputs, targets = zip(*batches, strict=True)
    return torch.cat([o.flatten() for o in outputs]), torch.cat([t.flatten() for t in targets])


def rows(batches: list[Batch]) -> Batch:
    """Return the scores (N, C) of all words, and their classes (N,) or shares (N, C)."""
    outputs, targets = zip(*batches, strict=True)
    in_rows = [t.movedim(1, -1).flatten(0, 1) if t.ndim == 3 else t.flatten() for t in targets]
    return torch.cat([o.movedim(1, -1).flatten(0, 1) for o in outputs]), torch.cat(in_rows)


def stacked(batches: list[Batch]) -> Batch:
    """Return each output of all samples, and the targets of all."""
    outputs, targets = zip(*batches, strict=True)
    return tuple(torch.cat(parts) for parts in zip(*outputs, strict=True)), torch.cat(targets)


def spoken() -> list[Batch]:
    """Return frames (T, B, C), and words with both lengths, of batches of several lengths."""
    batches: list[Batch] = []
    for number, (size, length) in enumerate(SIZES):
        own = torch.Generator().manual_seed(number)
        frames = torch.randn(3 * length, size, CLASSES, generator=own).log_softmax(2)
        target = torch.randint(1, CLASSES, (size, length), generator=own)
        lengths = (
            torch.full((size,), 3 * length),
            torch.randint(1, length + 1, (size,), generator=own),
        )
        batches.append((frames, (target, *lengths)))
    return batches


def cases() -> dict[str, Case]:
    """Return what is compared."""
    found: dict[str, Case] = {}
    for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "PoissonNLLLoss"):
        found[name] = (name, {}, values("numbers"), flat(values("numbers")))
    labels, signs, shares = values("labels"), values("signs"), values("shares")
    found["BCEWithLogitsLoss"] = ("BCEWithLogitsLoss", {}, labels, flat(labels))
    positive = {"pos_weight": [3.0]}
    found["pos_weight"] = ("BCEWithLogitsLoss", positive, labels, flat(labels))
    found["weight"] = ("BCEWithLogitsLoss", {"weight": [0.5]}, labels, flat(labels))
    probabilities = [(output.sigmoid(), target) for output, target in labels]
    found["BCELoss"] = ("BCELoss", {}, probabilities, flat(probabilities))
    found["SoftMarginLoss"] = ("SoftMarginLoss", {}, signs, flat(signs))
    found["HingeEmbeddingLoss"] = ("HingeEmbeddingLoss", {}, signs, flat(signs))
    lone = [(output[:, :1], target[:, 0]) for output, target in signs]
    found["column"] = ("HingeEmbeddingLoss", {}, lone, flat(lone))
    found["KLDivLoss"] = ("KLDivLoss", {}, shares, flat(shares))
    found["CrossEntropyLoss"] = ("CrossEntropyLoss", {}, words(), rows(words()))
    void = words(-100)
    found["ignored"] = ("CrossEntropyLoss", {}, void, rows(void))
    weights = {"weight": [1.0, 2.0, 3.0, 0.5]}
    smooth = {**weights, "ignore_index": 0, "label_smoothing": 0.1}
    found["class weights"] = ("CrossEntropyLoss", smooth, words(), rows(words()))
    soft = words(soft=True)
    found["shares"] = ("CrossEntropyLoss", {}, soft, rows(soft))
    logs = [(output.log_softmax(1), target) for output, target in words()]
    for name in ("NLLLoss", "NLLLoss2d"):
        found[name] = (name, weights, logs, rows(logs))
    single = [(output[:, :, 0], target[:, 0]) for output, target in words()]
    whole = rows([*map(longer, single)])
    found["MultiMarginLoss"] = ("MultiMarginLoss", weights, single, whole)
    name, sizes = "LinearCrossEntropyLoss", {"in_features": CLASSES, "num_classes": CLASSES}
    found[name] = (name, sizes, single, whole)
    lists = [
        (output, functional.pad(target[:, None], (0, 3), value=-1)) for output, target in single
    ]
    outputs, targets = map(torch.cat, zip(*lists, strict=True))
    found["MultiLabelMarginLoss"] = ("MultiLabelMarginLoss", {}, lists, (outputs, targets))
    pairs = [outputs for outputs, _ in vectors(2, "none")]
    signed = [((output,), (other > 0).float()) for output, other in pairs]
    found["MultiLabelSoftMarginLoss"] = ("MultiLabelSoftMarginLoss", {}, signed, stacked(signed))
    spread = [((output, other.exp()), -other) for output, other in pairs]
    found["GaussianNLLLoss"] = ("GaussianNLLLoss", {"full": True}, spread, stacked(spread))
    for name, several, kind in (
        ("CosineEmbeddingLoss", 2, "signs"),
        ("MarginRankingLoss", 2, "ranks"),
        ("TripletMarginLoss", 3, "none"),
        ("TripletMarginWithDistanceLoss", 3, "none"),
    ):
        batches = vectors(several, kind)
        found[name] = (name, {}, batches, stacked(batches))
    return found


def longer(batch: Batch) -> Batch:
    """Return scores (B, C, 1) and classes (B, 1)."""
    return batch[0].unsqueeze(2), batch[1].unsqueeze(1)


def plain(name: str, args: dict[str, Any], output: Any, target: Any) -> float:
    """Return the loss of all outputs and targets at once."""
    tensors = {key: torch.tensor(value) for key, value in args.items() if isinstance(value, list)}
    loss = settled(getattr(nn, name)(**{**args, **tensors}))
    given: list[Any] = [*output] if type(output) is tuple else [output]
    if not name.startswith("Triplet"):
        given.insert(1 if name == "GaussianNLLLoss" else len(given), target)
    return loss(*given).item()


def settled(loss: Any) -> Any:
    """Give the weights of a loss values that do not depend on chance."""
    for weight in loss.parameters():
        weight.data = torch.linspace(-1, 1, weight.numel()).view_as(weight)
    return loss


def of_samples(batches: list[Batch]) -> float:
    """Return the mean over samples of CTCLoss, each over the length of its words."""
    each: list[Any] = []
    for frames, (target, lengths, word_lengths) in batches:
        sums = functional.ctc_loss(frames, target, lengths, word_lengths, reduction="none")
        each.append(sums / word_lengths)
    return torch.cat(each).mean().item()


def evaluated(name: str, args: dict[str, Any], batches: list[Batch], metric: str = "") -> float:
    """Return the loss, or a metric, that the project logs for a set."""

    class Known(nn.Module):
        """Gives what is known of a batch, which comes as its number."""

        def forward(self, number: Any) -> Any:
            return batches[int(number.flatten()[0])][0]

    interface = library("model").MInterface
    metrics = [metric] if metric else []
    model = interface(
        "standard_net", loss=name, loss_args=args, eval_datasets=["a_data"], metrics=metrics
    )
    model.net, model.loss = Known(), settled(model.loss)
    given = [(torch.tensor([number]), target) for number, (_, target) in enumerate(batches)]
    trainer = lightning.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    loader = torch.utils.data.DataLoader(given, batch_size=None)
    trainer.validate(model, [loader], verbose=False)
    return trainer.callback_metrics[f"val_{metric or 'loss'}"].item()


def measured() -> dict[str, list[float]]:
    """Return metrics of sets that end in a batch of one sample, and of all samples at once."""
    segmentation, regression = (
        library("torchmetrics.segmentation"),
        library("torchmetrics.regression"),
    )
    classification = library("torchmetrics.classification")
    found: dict[str, list[float]] = {}
    maps: list[Batch] = []
    for number, size in enumerate((8, 8, 1)):
        own = torch.Generator().manual_seed(number)
        scores = torch.randn(size, CLASSES, 6, 6, generator=own)
        target = torch.randint(CLASSES - number, (size, 6, 6), generator=own)
        maps.append((scores, target.to(torch.uint8)))
    scores, target = (torch.cat(parts) for parts in zip(*maps, strict=True))
    predicted, target = scores.argmax(1), target.long()
    for name in ("MeanIoU", "DiceScore"):
        metric = getattr(segmentation, name)(num_classes=CLASSES, input_format="index")
        found[name] = [
            evaluated("CrossEntropyLoss", {}, maps, name),
            metric(predicted, target).item(),
        ]
    areas = [(s[:, :1], (t > 0).unsqueeze(1)) for s, t in maps]
    metric = segmentation.MeanIoU(num_classes=1)
    whole = metric((scores[:, :1] > 0).long(), (target > 0).unsqueeze(1).long()).item()
    found["areas"] = [evaluated("BCEWithLogitsLoss", {}, areas, "MeanIoU"), whole]
    single = [(s[:, :, 0, 0], t[:, 0, 0]) for s, t in maps]
    single[-1] = (torch.tensor([[0.9, 0.1, 0.2, 0.3]]), torch.tensor([2]))  # might be probabilities
    scores, target = (torch.cat(parts) for parts in zip(*single, strict=True))
    metric = classification.MulticlassAUROC(num_classes=CLASSES)
    whole = metric(scores.softmax(1), target.long()).item()
    found["MulticlassAUROC"] = [
        evaluated("CrossEntropyLoss", {}, single, "MulticlassAUROC"),
        whole,
    ]
    for name in ("R2Score", "PearsonCorrCoef", "SpearmanCorrCoef", "ExplainedVariance"):
        numbers = [(output[:, :1], target[:, 0]) for output, target in values("numbers")]
        output, target = flat(numbers)
        metric = getattr(regression, name)()
        found[name] = [evaluated("MSELoss", {}, numbers, name), metric(output, target).item()]
    for case, scale, start in (("years", 1, 1998), ("tiny", 1e-4, 0)):
        pairs = values("numbers")
        numbers = [(o[:, :1] * scale + start, t[:, 0] * scale + start) for o, t in pairs]
        output, target = (each.double() for each in flat(numbers))
        residual, total = (target - output).square().sum(), (target - target.mean()).square().sum()
        found[case] = [evaluated("MSELoss", {}, numbers, "r2"), (1 - residual / total).item()]
    return found


def main() -> None:
    """Evaluate every case."""
    compared: dict[str, list[float]] = {}
    for case, (name, args, batches, (output, target)) in cases().items():
        compared[case] = [evaluated(name, args, batches), plain(name, args, output, target)]
    shares = values("shares")
    samples = sum(len(output) for output, _ in shares)
    summed = sum(functional.kl_div(*batch, reduction="sum").item() for batch in shares)
    batchmean = evaluated("KLDivLoss", {"reduction": "batchmean"}, shares)
    compared["batchmean"] = [batchmean, summed / samples]
    compared["CTCLoss"] = [evaluated("CTCLoss", {}, spoken()), of_samples(spoken())]
    by_net = [((f, lengths), (t, sizes)) for f, (t, lengths, sizes) in spoken()]
    compared["lengths of the net"] = [evaluated("CTCLoss", {}, by_net), of_samples(spoken())]
    Path(sys.argv[2]).write_text(json.dumps(compared | measured()))


if __name__ == "__main__":
    main()
