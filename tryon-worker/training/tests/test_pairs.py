"""Triplets at a quarter of their size. They need the archive of raw material: PEOPLE_ASSETS names it."""

import os
import sys
import unittest
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

ASSETS = os.environ.get("PEOPLE_ASSETS")
SEED = 970_123


@unittest.skipUnless(ASSETS, "PEOPLE_ASSETS names no archive of raw material")
class Triplets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from renderer.pairs import draw_pair, render_pair
        from renderer.sampler import Gen

        cv2.setNumThreads(1)
        generator = Gen(8, 970, ASSETS)
        cls.make = lambda kind="tee", pose="front": render_pair(generator, draw_pair(generator, SEED, kind, pose), 256, 192)
        cls.triplet = cls.make()

    def test_the_same_seed_gives_the_same_bytes(self):
        again = type(self).make()
        for one, other in (
            (self.triplet.before, again.before), (self.triplet.after, again.after), (self.triplet.shot.render, again.shot.render),
        ):  # fmt: skip
            self.assertEqual(one.image.tobytes(), other.image.tobytes())

    def test_nothing_changes_but_what_is_worn(self):
        before, after = self.triplet.before, self.triplet.after
        np.testing.assert_array_equal(before.keypoints, after.keypoints)
        clothed = np.isin(before.labels, (4, 6, 7)) | np.isin(after.labels, (4, 6, 7))
        apart = cv2.distanceTransform(np.uint8(~clothed), cv2.DIST_L2, 5) > 12
        both = apart & (before.labels == after.labels) & (before.labels > 0)
        changed = np.abs(before.image.astype(int) - after.image).max(2)[both]
        self.assertGreater(both.sum(), 500)
        self.assertLess(np.mean(changed > 8), 0.02)

    def test_a_packshot_has_margins_and_no_person(self):
        shot = self.triplet.shot
        rows, columns = np.nonzero(shot.coverage > 0)
        height, width = shot.coverage.shape
        self.assertGreater(min(rows.min(), height - rows.max()), 0.05 * height)
        self.assertGreater(min(columns.min(), width - columns.max()), 0.05 * width)
        self.assertEqual(set(np.unique(shot.render.labels)), {0, 4})

    def test_cloth_on_the_wearers_left_is_on_the_packshots_right(self):
        places, place = self.triplet.places, self.triplet.after.canonical
        seen = np.isfinite(places).all(2)
        self.assertGreater(seen.mean(), 0.02)
        self.assertGreater(np.corrcoef(places[seen][:, 0], place[seen][:, 0])[0, 1], 0.9)
        self.assertLess(np.corrcoef(places[seen][:, 1], place[seen][:, 1])[0, 1], -0.9)

    def test_a_forearm_before_the_belly_lies_in_front_of_the_garment(self):
        front = self.triplet.in_front
        self.assertGreater(front.sum(), 20)
        self.assertLess((self.triplet.coverage[front] > 0.5).mean(), 0.1)

    def test_every_kind_can_be_worn(self):
        from renderer.pairs import CATEGORIES

        for kind in CATEGORIES:
            with self.subTest(kind):
                made = type(self).make(kind, "straight")
                self.assertGreater(made.coverage.mean(), 0.01)
                self.assertEqual(made.pair.category, CATEGORIES[kind])


if __name__ == "__main__":
    unittest.main()
