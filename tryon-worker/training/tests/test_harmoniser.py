"""What the harmoniser is taught: light is measured where the same cloth is seen in both pictures, and nowhere else."""

import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import glimpses  # noqa: E402
from harmoniser_data import glimpse  # noqa: E402
from renderer.labels import PARTS  # noqa: E402
from renderer.textures import LINEAR  # noqa: E402

HEIGHT, WIDTH = 192, 128


def seen(lit: int, plain: int, known: np.ndarray) -> dict[str, np.ndarray]:
    """The glimpse of a grey picture whose lower half is cloth of one grey, shown lit and plain."""
    share = np.zeros((HEIGHT, WIDTH), np.float32)
    share[HEIGHT // 2 :] = 1
    labels = np.full((HEIGHT, WIDTH), PARTS.index("background"), np.uint8)
    labels[:, : WIDTH // 2] = PARTS.index("left_arm")
    before = SimpleNamespace(labels=labels, image=np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    after = SimpleNamespace(image=np.full((HEIGHT, WIDTH, 3), lit, np.uint8))
    own = np.full((HEIGHT, WIDTH, 3), plain, np.float32)
    return glimpse(before, after, own, known, share, (0.0, 0.0, WIDTH, HEIGHT))


class Light(unittest.TestCase):
    def test_a_gain_is_the_logarithm_of_how_much_more_light_comes_off_the_cloth(self):
        known = np.zeros((HEIGHT, WIDTH), bool)
        known[HEIGHT // 2 :] = True
        made = seen(150, 100, known)
        rows = glimpses.INPUT_SHAPE[1] // glimpses.STRIDE
        wanted = np.log(LINEAR[150] / LINEAR[100])
        # Cells at a border are only partly cloth.
        inner = (slice(rows // 2 + 1, -1), slice(1, -1))
        below = made["gain"][inner].astype(float)
        np.testing.assert_allclose(below, wanted, atol=2e-3)
        self.assertTrue((made["known"][inner] > 250).all())
        self.assertTrue((made["known"][: rows // 2] == 0).all())
        np.testing.assert_allclose(made["light"][inner].astype(float), LINEAR[150], atol=2e-3)

    def test_cloth_that_its_packshot_does_not_show_teaches_nothing(self):
        made = seen(150, 100, np.zeros((HEIGHT, WIDTH), bool))
        self.assertEqual(made["known"].max(), 0)

    def test_what_is_told_is_the_photo_the_parts_and_the_cloths_own_colour(self):
        made = seen(150, 100, np.zeros((HEIGHT, WIDTH), bool))
        planes = np.concatenate([made[name] for name in ("photo", "parts", "cloth")])
        self.assertEqual(planes.shape, glimpses.INPUT_SHAPE)
        self.assertTrue((made["photo"] == 90).all())
        arms = glimpses.PARTS.index(("left_arm", "right_arm"))
        columns = glimpses.INPUT_SHAPE[2]
        self.assertTrue((made["parts"][arms, 1:-1, 1 : columns // 2 - 1] == 255).all())
        self.assertEqual(made["parts"].sum(), made["parts"][arms].sum())
        self.assertEqual(made["cloth"][:, -2, 1].tolist(), [255, 100, 100, 100])
        self.assertEqual(made["cloth"][:, 0, 0].tolist(), [0, 0, 0, 0])

    def test_a_window_is_around_the_neck_and_as_wide_as_shoulders_say(self):
        left, top, width, height = glimpses.window(np.array([100.0, 50.0]), 40.0)
        _, rows, columns = glimpses.INPUT_SHAPE
        self.assertAlmostEqual(left + width / 2, 100)
        self.assertAlmostEqual(top, 50 - 0.65 * 40)
        self.assertAlmostEqual(width, 140)
        self.assertAlmostEqual(height / width, rows / columns)


if __name__ == "__main__":
    unittest.main()
