"""MNIST digits for training: the training files without every 8th digit, which ExampleEvaldata has.

    example_Minist_data/MNIST/raw/          5,000 digits in torchvision's layout; see the README there
        train-images-idx3-ubyte, train-labels-idx1-ubyte
        t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte

To use the full MNIST (60,000 + 10,000 digits) instead:
    rm example_Minist_data/MNIST/raw/*-ubyte
    python -c "from torchvision.datasets import MNIST; MNIST('example_Minist_data', download=True)"
"""

from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.datasets import MNIST

HERE = Path(__file__).parents[1] / "example_Minist_data"  # independent of the working directory
HELD_OUT = 8  # every 8th digit of the training files is for evaluation
MEAN, STD = 0.1307, 0.3081  # of MNIST's pixels, scaled to 0..1


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
        index = self.choose(torch.arange(len(mnist)))
        self.images = ((mnist.data[index].float() / 255 - MEAN) / STD).unsqueeze(1)  # (N, 1, 28, 28)
        self.labels = mnist.targets[index]  # (N,)

    def choose(self, index: Tensor) -> Tensor:
        """Return the indices of the digits that belong to this set."""
        return index[index % HELD_OUT != 0]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index], self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        """Optional: return a whole batch at once, which is several times faster than item by item.

        It is not used for a subclass that overrides only `__getitem__`.
        """
        return self.images[indices], self.labels[indices]
