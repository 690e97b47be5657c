"""What the engine's sketches hold, and what the settling network answers."""

#: Planes, rows and columns of the engine's sketches (`src/engine/warp/sketch.rs`), without the garment's places.
INPUT_SHAPE = (25, 160, 96)
#: The answer comes at half of that: right and down for the trunk, right and down for limbs, and the error to expect of both.
STRIDE = 2
ANSWERS = 6
#: The planes that a mirror interchanges, and those whose sign it turns; of the input and of the answer.
SWAPPED = (4, 5)
TURNED = (9, 12, 14)
ANSWERS_TURNED = (0, 2)
#: Planes that tell what the photo shows, and not where or how large.
PARTS = 8
