"""The kinds of modules: a new kind is one row in this table and one template in parts/."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of module: its names, its folder, and its base classes."""

    noun: str
    command: str
    folder: str
    register: str
    # Appended to a name that cannot be used.
    suffix: str
    # The library classes that a class of this kind is derived from.
    bases: tuple[str, ...]
    # Packages in which all classes are derived from those.
    libraries: tuple[str, ...]
    part: str
    # The options of main.py that take names of this kind.
    options: tuple[str, ...]
    # The command that uses a new module.
    use: str
    # Whether main.py groups the options of each module under its own name.
    grouped: bool = True
    # Parameters that are not options: the project sets them.
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
