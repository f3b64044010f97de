"""The kinds of modules, a row each; CONTRIBUTING.md lists what else a new kind needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of module: its names, its folder, and its base classes."""

    noun: str
    command: str
    folder: str
    # Appended to a name that cannot be used.
    suffix: str
    # The base classes of this kind: a library's class by the end of its name, a class of the
    # project by its full name. The parameters of the latter are not options: main.py sets them.
    # The nearest base class decides which of the kinds in one folder a class is.
    bases: tuple[str, ...]
    # The options of main.py that take names of this kind.
    options: tuple[str, ...]
    # The command that uses a new module.
    use: str = "python main.py --{option} {name}"
    # Packages whose classes are all base classes of this kind.
    base_packages: tuple[str, ...] = ()
    # Classes without such a base are recognised by these parameters of `forward`.
    forward: tuple[str, ...] = ()
    # Names that the options take too, without a file of the kind.
    usual: tuple[str, ...] = ()
    # Whether main.py groups the options of each module under its own name.
    grouped: bool = False
    # Parameters that are not options: the project sets them.
    set_by_project: tuple[str, ...] = ()

    @property
    def nouns(self) -> str:
        """Return the plural of the noun."""
        return f"{self.noun}es" if self.noun.endswith("s") else f"{self.noun}s"

    @property
    def a_noun(self) -> str:
        """Return the noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def register(self) -> str:
        """Return the name of the tuple in which the modules are registered."""
        return self.nouns.upper()

    @property
    def part(self) -> str:
        """Return the template of parts/ that a new module is rendered from."""
        return f"{self.noun}.py.jinja"

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
    suffix="net",
    bases=("Module", "Sequential"),
    base_packages=("torchvision.models",),
    options=("model_name",),
)
DATASET = Kind(
    noun="dataset",
    command="add-dataset",
    folder="data",
    suffix="data",
    bases=("Dataset", "IterableDataset"),
    base_packages=("torchvision.datasets",),
    options=("train_dataset", "eval_datasets", "test_datasets"),
    grouped=True,
    set_by_project=("split",),
)
METRIC = Kind(
    noun="metric",
    command="add-metric",
    folder="utils",
    suffix="metric",
    bases=("Metric",),
    base_packages=("torchmetrics",),
    options=("metrics",),
    use="python main.py --metrics acc {name}",
    usual=("acc", "f1", "mae", "r2"),
    grouped=True,
)
LOSS = Kind(
    noun="loss",
    command="add-loss",
    folder="utils",
    suffix="loss",
    bases=("Loss",),
    forward=("output", "target"),
    options=("loss",),
)
SCHEDULER = Kind(
    noun="scheduler",
    command="add-scheduler",
    folder="utils",
    suffix="scheduler",
    bases=("LRScheduler",),
    base_packages=("torch.optim.lr_scheduler",),
    options=("lr_scheduler",),
    set_by_project=("optimizer", "last_epoch"),
)
CALLBACK = Kind(
    noun="callback",
    command="add-callback",
    folder="utils",
    suffix="callback",
    bases=("Callback",),
    base_packages=("pytorch_lightning.callbacks", "lightning.pytorch.callbacks"),
    options=("callbacks",),
    grouped=True,
)
INTERFACE = Kind(
    noun="interface",
    command="add-interface",
    folder="model",
    suffix="interface",
    bases=("model.model_interface.MInterface",),
    options=("interface",),
    usual=("model_interface",),
)
KINDS = (NET, DATASET, METRIC, LOSS, SCHEDULER, CALLBACK, INTERFACE)
