"""A small convolutional net for MNIST, after LeNet-5 (LeCun et al., 1998) with ReLU, max pooling and dropout.

images (B, 1, 28, 28) -> logits (B, 10)
"""

from torch import Tensor, nn


class ExampleNet(nn.Module):
    """Two convolutions and two linear layers.

    Args:
        width: channels of the first convolution; the second has twice as many.
        hidden: units of the hidden layer.
        dropout: share of the hidden units that are dropped in training.
        num_classes: number of logits.
    """

    def __init__(
        self, width: int = 16, hidden: int = 64, dropout: float = 0.25, num_classes: int = 10
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(width, 2 * width, kernel_size=5)
        self.pool = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Sequential(
            nn.Linear(2 * width * 5 * 5, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.conv1(x))  # (B, width, 14, 14)
        x = self.pool(self.conv2(x))  # (B, 2 * width, 5, 5)
        return self.head(x.flatten(1))  # (B, num_classes)
