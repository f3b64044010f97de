"""The kinds of modules that a project grows by: a new kind is a row of this table and a part."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of module: how it is called and added, where it lives, and what its class is."""

    noun: str
    command: str
    folder: str
    register: str
    # What makes a good name of a bad one.
    suffix: str
    # The classes of the libraries that a class of this kind is derived from.
    bases: tuple[str, ...]
    # The packages whose classes are all derived from those.
    libraries: tuple[str, ...]
    part: str
    # The options of main.py whose values are names of this kind.
    options: tuple[str, ...]
    # What to type to use a new one.
    use: str
    # Whether main.py calls the options of each after its name, and not all after their kind.
    grouped: bool = True
    # The parameters that are no options: the project gives them.
    filled: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Return the file that holds the register."""
        return f"{self.folder}/__init__.py"

    def file(self, module: str) -> str:
        """Return the file of a module of this kind."""
        return f"{self.folder}/{module}.py"


NET = Kind(
    noun="net",
    command="add-model",
    folder="model",
    register="NETS",
    suffix="net",
    bases=("Module",),
    libraries=("torchvision.models",),
    part="net.py.jinja",
    options=("model_name",),
    use="python main.py --model_name {name}",
    grouped=False,
)
DATASET = Kind(
    noun="dataset",
    command="add-dataset",
    folder="data",
    register="DATASETS",
    suffix="data",
    bases=("Dataset", "IterableDataset"),
    libraries=("torchvision.datasets",),
    part="dataset.py.jinja",
    options=("train_dataset", "eval_datasets", "test_datasets"),
    use="python main.py --train_dataset {name}",
    filled=("split",),
)
METRIC = Kind(
    noun="metric",
    command="add-metric",
    folder="utils",
    register="METRICS",
    suffix="metric",
    bases=("Metric",),
    libraries=("torchmetrics",),
    part="metric.py.jinja",
    options=("metrics",),
    use="python main.py --metrics acc {name}",
)
KINDS = (NET, DATASET, METRIC)
