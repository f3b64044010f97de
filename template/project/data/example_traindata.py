"""MNIST digits to train on: the training files without the held-out part that ExampleEvaldata has.

    example_Minist_data/MNIST/raw/          torchvision's layout; 5,000 real digits lie there, see the note beside them
        train-images-idx3-ubyte, train-labels-idx1-ubyte
        t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte

The full MNIST (60,000 + 10,000) takes their place, with no edit, by
    rm example_Minist_data/MNIST/raw/*-ubyte
    python -c "from torchvision.datasets import MNIST; MNIST('example_Minist_data', download=True)"
"""

from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.datasets import MNIST

HERE = Path(__file__).parents[1] / "example_Minist_data"  # wherever main.py is called from
HELD_OUT = 8  # every 8th digit of the training files is kept for evaluation
MEAN, STD = 0.1307, 0.3081  # of MNIST's pixels in 0..1


class ExampleTraindata(Dataset[tuple[Tensor, Tensor]]):
    """One item: image (1, 28, 28) float32, normalised; label 0..9.

    Args:
        root: the folder that holds MNIST/raw; by default the project's example_Minist_data.
    """

    train_files = True

    def __init__(self, root: str | None = None) -> None:
        folder = Path(root or HERE)
        if not (folder / "MNIST" / "raw").is_dir():
            get = f"""python -c "from torchvision.datasets import MNIST; MNIST('{folder}', download=True)\""""
            raise FileNotFoundError(f"no MNIST/raw in {folder.resolve()}; get it by {get}")
        mnist = MNIST(folder, train=self.train_files)
        chosen = self.choose(torch.arange(len(mnist)))
        self.images = ((mnist.data[chosen].float() / 255 - MEAN) / STD).unsqueeze(1)  # (N, 1, 28, 28)
        self.labels = mnist.targets[chosen]  # (N,)

    def choose(self, index: Tensor) -> Tensor:
        """Which digits of the files belong to this set."""
        return index[index % HELD_OUT != 0]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index], self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        """A whole batch by one indexing operation, several times faster than item by item; optional.

        A subclass that overrides `__getitem__` alone is asked item by item (engine/loading/items.py).
        """
        return self.images[indices], self.labels[indices]
