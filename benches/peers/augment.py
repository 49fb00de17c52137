"""The peer of augment.rs: does a job for each line read, and answers with its seconds.

The jobs are Pillow's, and torchvision's where it is installed (it is not part of tests/requirements.txt).
"""

import random
import sys
import time

import numpy
from PIL import Image

N_IMAGES, SIDE, CROP = 10_000, 64, 48
rng = numpy.random.default_rng(0)
arrays = rng.integers(0, 256, (N_IMAGES, SIDE, SIDE, 3), dtype=numpy.uint8)
pictures = [Image.fromarray(array) for array in arrays]


def changed(picture, interpolation):
    """Flip, rotate, crop, as one writes it with Pillow."""
    if random.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = picture.rotate(random.uniform(-15.0, 15.0), interpolation)
    left, top = random.randint(0, SIDE - CROP), random.randint(0, SIDE - CROP)
    return picture.crop((left, top, left + CROP, top + CROP))


def pillow_arrays(interpolation):
    """From arrays to arrays, as a model needs them."""
    return [numpy.asarray(changed(Image.fromarray(array), interpolation)) for array in arrays]


def pillow_pictures(interpolation):
    """From Pillow's pictures to Pillow's pictures: nothing is converted."""
    return [changed(picture, interpolation) for picture in pictures]


JOBS = {
    "pillow_arrays_nearest": lambda: pillow_arrays(Image.Resampling.NEAREST),
    "pillow_arrays_bilinear": lambda: pillow_arrays(Image.Resampling.BILINEAR),
    "pillow_pictures_nearest": lambda: pillow_pictures(Image.Resampling.NEAREST),
    "pillow_pictures_bilinear": lambda: pillow_pictures(Image.Resampling.BILINEAR),
}

try:
    import torch
    from torchvision.transforms import InterpolationMode, v2

    # As in a worker of a data loader; threads of its own would cost more than they give on pictures this small.
    torch.set_num_threads(1)
    tensors = torch.from_numpy(arrays).permute(0, 3, 1, 2).contiguous()

    def torchvision_tensors(interpolation):
        change = v2.Compose([v2.RandomHorizontalFlip(), v2.RandomRotation(15, interpolation), v2.RandomCrop(CROP)])
        return [change(tensor) for tensor in tensors]

    JOBS["torchvision_nearest"] = lambda: torchvision_tensors(InterpolationMode.NEAREST)
    JOBS["torchvision_bilinear"] = lambda: torchvision_tensors(InterpolationMode.BILINEAR)
except ImportError:
    pass

for line in sys.stdin:
    job = line.strip()
    if job == "jobs":
        # How many, since an answer is a number: four of Pillow's, and two of torchvision's where it is there.
        print(len(JOBS), flush=True)
        continue
    start = time.perf_counter()
    JOBS[job]()
    print(time.perf_counter() - start, flush=True)
