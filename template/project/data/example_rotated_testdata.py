"""The test digits, rotated: a harder test set. Compare it with the plain one:

python main.py --test_datasets example_testdata example_rotated_testdata
"""

from torchvision.transforms.functional import rotate

from data.example_testdata import ExampleTestdata


class ExampleRotatedTestdata(ExampleTestdata):
    """One item: image (1, 28, 28) float32, normalised and rotated; label 0..9.

    Args:
        root: the folder that holds MNIST/raw; by default the project's example_Minist_data.
        angle: degrees, counterclockwise.
    """

    def __init__(self, root: str | None = None, angle: float = 30.0) -> None:
        super().__init__(root)
        self.images = rotate(self.images, angle, fill=[self.images.min().item()])
