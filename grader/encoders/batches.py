"""How many texts a model gets at once: as many as its device has memory for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from grader.errors import EncoderError

__all__ = ["Batches"]

# Enough to keep an accelerator busy.
_LARGEST = 1024

Result = TypeVar("Result")


class Batches:
    """The batch size of one model on one device.

    On a CPU it is fixed. On an accelerator it begins large and is halved whenever the device runs
    out of memory; what has fitted once is where the next call begins.

    Args:
        device: as PyTorch names it: "cpu", "cuda:0", "mps:0".
        on_cpu: the batch size on a CPU, where larger ones are not quicker.
        field: what the user calls the model, for errors: "encoder", "cross-encoder".
    """

    def __init__(self, device: str, *, on_cpu: int, field: str) -> None:
        self.size = on_cpu if device == "cpu" else _LARGEST
        self._device = device
        self._field = field

    def run(self, count: int, call: Callable[[int], Result]) -> Result:
        """What ``call`` returns, given a batch size.

        Args:
            count: how many texts there are; batches are not larger.
            call: goes through all texts; is called again from the start with half the size when
                memory runs out. Texts should come longest first, so that this happens at once.

        Raises:
            EncoderError: memory runs out with a single text.
        """
        while True:
            size = min(self.size, count)
            try:
                return call(size)
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if size <= 1:
                    what = f"the memory of {self._device} does not hold the model and one text"
                    raise EncoderError(f"{what}; use a smaller model", field=self._field) from error
            # Not in the handler: the error keeps alive what fills the memory.
            self.size = size // 2


def _out_of_memory(error: RuntimeError) -> bool:
    """Whether it is torch.OutOfMemoryError, or says the same, as MPS and older versions do."""
    return type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower()
