"""What the measures say of pictures that are drawn on purpose."""

import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import against_truth as truth  # noqa: E402
import probes  # noqa: E402
from measures import LEFT_ARM, UPPER, ciede2000  # noqa: E402


def box(top: int, bottom: int, left: int = 300, right: int = 500) -> np.ndarray:
    """A filled rectangle in a picture of 1024 rows."""
    mask = np.zeros((1024, 768), bool)
    mask[top:bottom, left:right] = True
    return mask


class Outlines(unittest.TestCase):
    def test_an_outline_that_is_three_pixels_off_is_met_and_one_that_is_ten_off_is_not(self):
        self.assertEqual(truth.boundary_f(box(200, 600), box(203, 603)), 1.0)
        far = truth.boundary_f(box(200, 600), box(210, 610, 310, 510))
        self.assertLess(far, 0.1)

    def test_the_pictures_border_is_no_outline(self):
        self.assertFalse(truth.boundary(np.ones((50, 40), bool)).any())

    def test_a_garment_that_is_drawn_too_long_reaches_beyond_its_hem_only(self):
        true, y = box(200, 600), np.linspace(5, 1, 400)
        canonical = np.full((1024, 768, 3), np.nan)
        canonical[200:600, 300:500, 1] = y[:, None]
        canonical[200:600, 300:500, 0] = np.linspace(-1.5, 1.5, 200)[None]
        told = {"whole": true, "in_front": np.zeros_like(true), "canonical": canonical, "along_arm": np.full(true.shape, -0.3)}
        found = truth.offsets(true, box(200, 620), told, "tops")
        self.assertAlmostEqual(found["hem"], 20, delta=2)
        self.assertAlmostEqual(found["side"], 0, delta=2)


class Layers(unittest.TestCase):
    def test_an_arm_that_the_result_covers_is_not_in_front(self):
        labels = np.full((1024, 768), UPPER, np.uint8)
        labels[300:400] = LEFT_ARM
        whole = box(200, 600)
        self.assertEqual(truth.in_front(labels, whole, whole & (labels == UPPER)).sum(), 100 * 200)
        self.assertEqual(truth.in_front(labels, whole, whole).sum(), 0)


class Probes(unittest.TestCase):
    def setUp(self):
        self.coverage = box(200, 800).astype(np.float32)
        self.image = np.full((1024, 768, 3), 240, np.uint8)
        self.image[self.coverage > 0] = (180, 40, 60)

    def test_coded_cloth_says_its_place_in_any_light(self):
        coded = probes.coded(self.image, self.coverage)
        dimmed = np.uint8(coded * 0.8)
        found = probes.decode(dimmed, self.coverage)[500, 400]
        self.assertLess(np.abs(found - [400.5, 500.5]).max(), 4)

    def test_what_follows_the_shade_is_the_garment(self):
        shaded, by = probes.shade(self.image, self.coverage)
        noise = np.random.default_rng(1).integers(-3, 4, self.image.shape)
        result = np.uint8(np.clip(self.image.astype(int) + noise, 0, 255))
        seen = probes.silhouette(result, shaded, by) >= 0.5
        self.assertGreater(truth.boundary_f(self.coverage > 0, seen), 0.99)

    def test_cloth_that_lies_too_low_is_told_so(self):
        rows, columns = np.mgrid[:1024, :768].astype(np.float32)
        places = np.stack([columns, rows], 2)
        off = truth.misplaced(places, places - [0, 12], box(300, 500))
        np.testing.assert_allclose(np.median(off, 0), [0, 12], atol=1e-3)

    def test_cloth_that_is_drawn_twice_too_long_is_told_so(self):
        rows, columns = np.mgrid[:1024, :768].astype(np.float32)
        places = np.stack([columns, rows], 2)
        across, down = truth.stretch(places, places / [1, 2], box(300, 500))
        self.assertAlmostEqual(across, 1, places=3)
        self.assertAlmostEqual(down, 2, places=3)


class Colours(unittest.TestCase):
    def test_published_pairs_of_colours(self):
        one = np.array([[50.0, 2.6772, -79.7751], [50.0, 2.5, 0.0]])
        other = np.array([[50.0, 0.0, -82.7485], [73.0, 25.0, -18.0]])
        np.testing.assert_allclose(ciede2000(one, other), [2.0425, 27.1492], atol=1e-4)

    def test_a_picture_is_like_itself(self):
        picture = np.random.default_rng(2).integers(0, 255, (64, 48, 3), np.uint8)
        self.assertAlmostEqual(truth.ssim(picture, picture).mean(), 1.0, places=6)
        self.assertLess(truth.ssim(picture, 255 - picture).mean(), 0.1)


if __name__ == "__main__":
    unittest.main()
