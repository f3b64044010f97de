"""MNIST digits for evaluation during training: every 8th digit of the training files."""

from torch import Tensor

from data.example_traindata import HELD_OUT, ExampleTraindata


class ExampleEvaldata(ExampleTraindata):
    """One item: image (1, 28, 28) float32, normalised; label 0..9."""

    def choose(self, index: Tensor) -> Tensor:
        return index[index % HELD_OUT == 0]
