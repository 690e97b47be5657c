"""The demo catalogue: product copy and drawing parameters of every garment, designed by hand."""

from dataclasses import dataclass

import prints
from fabric import blocks, check, dots, stripes, tiled
from lower import Lower
from upper import Upper

LETTERS = ("XS", "S", "M", "L", "XL")


@dataclass
class Product:
    slug: str
    name: str
    category: str
    colour: str  # name
    hex: str
    price_cents: int
    description: str
    tags: tuple
    cut: object
    sizes: tuple = LETTERS


def tee(colour, **k):
    return Upper(colour=colour, **k)


def long_sleeve(colour, **k):
    base = dict(sleeve=59, angle=75, cuff=10.5, cuff_finish="stitch")
    return Upper(colour=colour, **(base | k))


def sweat(colour, **k):
    base = dict(weave="fleece", sleeve=58, angle=75, cuff=12, hem_finish="rib", cuff_finish="rib", chest=28.5, waist=28, hem=26.5)
    return Upper(colour=colour, **(base | k))


def shirt(colour, weave="oxford", **k):
    base = dict(weave=weave, sleeve=60, angle=75, cuff=12, neck="collar", neck_d=3, neck_w=7.6, front="buttons", cuff_finish="button",
                length=75, extra=dict(shirt_tail=5))
    return Upper(colour=colour, **(base | k))


def camp(colour, **k):
    base = dict(weave="linen", neck="camp", neck_d=11, neck_w=7.6, front="buttons", buttons=5, sleeve=22, angle=44, cuff=18, length=70,
                chest=27, hem=27.5, waist=27)
    return Upper(colour=colour, **(base | k))


def dress(colour, **k):
    base = dict(chest=22, shoulder=18, waist=18, waist_y=41, armpit=22, hem=37, length=106, hem_curve=2, neck_w=8, sleeve=16, cuff=13)
    return Upper(colour=colour, **(base | k))


FLORAL = tiled(prints.floral((38, 52, 84), [(226, 128, 110), (240, 214, 190)], (104, 140, 120), (240, 190, 90)), 30)
MEADOW = tiled(prints.floral((244, 238, 226), [(196, 92, 84), (222, 160, 92), (120, 136, 178)], (104, 132, 96), (250, 232, 170), seed=6, count=11), 30)
PALMS = tiled(prints.palms((28, 62, 60), [(70, 120, 96), (120, 160, 110), (46, 96, 92), (206, 190, 130)]), 36)
FAIR = tiled(prints.fairisle(), 7.4)
FLANNEL = check("#7c2f2c", ("#26242a", 9, 3.6, 0, 0.75), ("#e3d6c2", 9, 0.28, 4.5, 0.8))
GLEN = check("#b9b2a5", ("#4a4844", 5.2, 2.2, 0, 0.55), ("#f0ece2", 5.2, 0.25, 2.6, 0.6), ("#8c5a3c", 10.4, 0.22, 1.3, 0.6))
GINGHAM = check("#f5f2ea", ("#567a9a", 2.4, 1.2, 0, 0.62))
CREAM = (240, 234, 220, 255)

PRODUCTS = [
    Product("sunset-graphic-tee", "Sunset graphic tee", "tops", "off-white", "#f3f1ec", 2900,
            "Heavy cotton jersey with a retro sunset printed across the chest. Regular fit, ribbed crew neck.", ("t-shirt", "print", "cotton"),
            tee("#f3f1ec", prints=((prints.sunset(), 0, 30, 35),), seed=1)),
    Product("shapes-tee", "Paper shapes tee", "tops", "oat", "#e2d8c6", 2900,
            "A grid of cut-paper shapes on soft oat jersey. Slightly boxy.", ("t-shirt", "print", "geometric"),
            tee("#e2d8c6", prints=((prints.shapes(), 0, 29, 33),), chest=27, hem=27, waist=26.8, seed=2)),
    Product("high-trails-tee", "High trails tee", "tops", "forest", "#2f4a3e", 2900,
            "Ridge lines drawn in cream on forest green. Washed cotton that feels old on day one.", ("t-shirt", "print", "outdoor"),
            tee("#2f4a3e", prints=((prints.mountains(CREAM), 0, 30, 34),), seed=3)),
    Product("fern-tee", "Fern study tee", "tops", "white", "#f7f6f2", 3200,
            "Three ferns, block-printed in two greens. Fitted, with a wider neck.", ("t-shirt", "print", "botanical"),
            tee("#f7f6f2", prints=((prints.botanical(), 0, 32, 33),), neck="scoop", neck_w=10, neck_d=11, chest=23.5, waist=22, hem=23.5, shoulder=20,
                sleeve=16, cuff=14, length=64, armpit=23, waist_y=40, seed=4)),
    Product("slow-sunday-tee", "Slow Sunday tee", "tops", "washed black", "#323235", 2900,
            "Big, honest letters on washed black jersey. For the one day without plans.", ("t-shirt", "text", "cotton"),
            tee("#323235", prints=((prints.words(("SLOW", "SUNDAY"), CREAM, 300, 12, 310, 10), 0, 29, 34),), seed=5)),
    Product("pocket-tee-clay", "Pocket tee", "tops", "clay", "#b5674c", 2500,
            "The plain one you reach for: garment-dyed, with one chest pocket.", ("t-shirt", "plain", "pocket"),
            tee("#b5674c", pockets=("chest",), chest=27, hem=26.5, waist=26.3, seed=6)),
    Product("wide-stripe-tee", "Wide stripe tee", "tops", "mustard and cream", "#d39b3a", 2700,
            "Yarn-dyed block stripes in mustard and cream, cream ribs.", ("t-shirt", "stripes"),
            tee(stripes("#efe8d8", "#d39b3a", 8.4, 4.2), trim="#efe8d8", seed=7)),
    Product("breton-long-sleeve", "Breton long sleeve", "tops", "ecru and navy", "#24324f", 3900,
            "Dense cotton, boat neck and even navy stripes that stop below the shoulders.", ("long sleeve", "stripes", "cotton"),
            long_sleeve(stripes("#f2efe8", "#24324f", 3.0, 1.25, start=11), neck="boat", neck_w=11, neck_d=5.5, extra=dict(sleeve_row=0), seed=8)),
    Product("moon-phase-long-sleeve", "Moon phase long sleeve", "tops", "midnight", "#27304a", 3900,
            "Five moons and a ring of stars, printed in bone on midnight blue.", ("long sleeve", "print"),
            long_sleeve("#27304a", prints=((prints.moon(), 0, 28, 38),), seed=9)),
    Product("ribbed-turtleneck", "Ribbed roll neck", "tops", "camel", "#b78d5f", 5900,
            "Fine rib in a merino blend that follows the body, with a roll neck.", ("knit", "roll neck", "merino"),
            long_sleeve("#b78d5f", weave="rib", neck="turtle", neck_w=8.2, neck_d=3, chest=23.5, waist=21.5, hem=22.5, shoulder=20, length=64,
                        cuff_finish="rib", hem_finish="rib", folds=0.6, waist_y=40, seed=10)),
    Product("fair-isle-jumper", "Fair Isle jumper", "tops", "oat and brick", "#96503f", 8900,
            "A jacquard of diamonds and small flowers, knitted in undyed oat, brick and loch blue.", ("knit", "pattern", "wool"),
            sweat(FAIR, weave="knit", trim="#96473b", folds=0.7, seed=11)),
    Product("chunky-knit-jumper", "Chunky knit jumper", "tops", "cream", "#ece4d2", 7900,
            "Thick wool in a big stitch with deep ribs. Warm enough to be a jacket.", ("knit", "plain", "wool"),
            sweat("#ece4d2", weave="knit", folds=0.7, seed=12)),
    Product("colour-block-sweatshirt", "Colour block sweatshirt", "tops", "navy, red and sand", "#2c3f60", 5500,
            "Three bands of brushed fleece in navy, tomato and sand.", ("sweatshirt", "colour block"),
            sweat(blocks(("#2c3f60", 27), ("#c4533e", 42), ("#ddc9a6", 99)), trim="#2c3f60", seed=13)),
    Product("north-pier-hoodie", "North pier hoodie", "tops", "sage", "#8d9a86", 6500,
            "Loopback hoodie with a pouch pocket, flat cords and a washed print.", ("hoodie", "text", "fleece"),
            sweat("#8d9a86", neck="hood", pockets=("pouch",), prints=((prints.words(("NORTH", "PIER"), (246, 242, 230, 255), 210, 8, 230, 24), 0, 29, 26),), seed=14)),
    Product("oxford-shirt", "Button-down Oxford shirt", "tops", "light blue", "#a9c0dc", 5900,
            "Washed Oxford cloth, button-down collar, one pocket and mother-of-pearl-look buttons.", ("shirt", "plain", "cotton"),
            shirt("#a9c0dc", pockets=("chest",), extra=dict(shirt_tail=5, button_down=True), seed=15)),
    Product("flannel-check-shirt", "Flannel check shirt", "tops", "brick check", "#7c2f2c", 5500,
            "Brushed flannel in a brick and black check with a thin cream line.", ("shirt", "check", "flannel"),
            shirt(FLANNEL, weave="wool", pockets=("chest",), button="#3a3230", seed=16)),
    Product("fine-stripe-shirt", "Fine stripe shirt", "tops", "white and green", "#e9efe6", 5500,
            "Crisp poplin with narrow bottle-green stripes.", ("shirt", "stripes", "poplin"),
            shirt(stripes("#f6f5f0", "#4a7a5e", 1.6, 0.45, along="u"), seed=17)),
    Product("palm-camp-shirt", "Palm camp-collar shirt", "tops", "deep green", "#1c3e3c", 4900,
            "Holiday shirt in airy viscose: overlapping fronds, an open collar and a straight hem.", ("shirt", "pattern", "short sleeve"),
            camp(PALMS, weave="oxford", button="#caa874", seed=18)),
    Product("linen-camp-shirt", "Linen camp shirt", "tops", "sand", "#d8c7a8", 4900,
            "Slubby European linen with short sleeves and a chest pocket.", ("shirt", "plain", "linen"),
            camp("#d8c7a8", pockets=("chest",), button="#7a5a3c", seed=19)),
    Product("meadow-tea-dress", "Meadow tea dress", "dresses", "ivory floral", "#f4eee2", 7900,
            "A scattering of meadow flowers on ivory, a seam at the waist and a skirt that moves.", ("dress", "floral", "midi"),
            dress(MEADOW, neck="v", neck_d=14, gathers=16, waist_seam=True, seed=20)),
    Product("night-garden-dress", "Night garden dress", "dresses", "navy floral", "#263454", 8400,
            "Coral and blush blossoms on navy, long sleeves for the cooler evenings.", ("dress", "floral", "long sleeve"),
            dress(FLORAL, neck="crew", neck_w=8.5, neck_d=8, sleeve=56, angle=75, cuff=9.5, gathers=16, waist_seam=True, seed=21)),
    Product("stripe-jersey-dress", "Striped jersey dress", "dresses", "white and black", "#2a2a2e", 4900,
            "An easy T-shirt dress with narrow black stripes, straight to the knee.", ("dress", "stripes", "jersey"),
            dress(stripes("#f4f2ec", "#2a2a2e", 2.6, 0.8), chest=24, waist=23, hem=28, length=92, seed=22)),
    Product("dot-shirt-dress", "Dotted shirt dress", "dresses", "rust", "#a4492f", 8900,
            "A shirt from the collar to the waist, a skirt below it: cream dots on rust viscose.", ("dress", "dots", "shirt dress"),
            dress(dots("#a4492f", "#f0e4d0", 3.2, 0.42), weave="oxford", neck="collar", neck_d=3, neck_w=7.4, front="buttons", buttons=7, sleeve=22,
                  cuff=14, angle=46, gathers=10, waist_seam=True, belt=True, trim="#8c3c26", button="#efe2cc", seed=23)),
    Product("satin-slip-dress", "Satin slip dress", "dresses", "champagne", "#d9bfa0", 7500,
            "Bias-cut satin with slim straps that falls in one soft line to the calf.", ("dress", "satin", "evening"),
            dress("#d0b391", weave="satin", sleeve=0, neck="strap", neck_w=12.5, neck_d=9, shoulder=13.6, slope=0.4, chest=21.5, armpit=13, waist=19, waist_y=34, hem=31,
                  length=104, extra=dict(straps=True), seed=24)),
    Product("straight-jeans-indigo", "Straight jeans", "bottoms", "indigo", "#3b5378", 6900,
            "Mid-rise, straight from the knee down, in rigid-look denim with tobacco stitching.", ("jeans", "denim"),
            Lower(jeans=True, colour="#33486a", thread="#c98f4a", fade=0.30, waist=20.5, hip=25.0, knee=23.2, seed=25)),
    Product("slim-jeans-black", "Slim jeans", "bottoms", "black", "#2b2b2e", 6900,
            "Black stretch denim, slim through the leg, black thread.", ("jeans", "denim"),
            Lower(jeans=True, colour="#2c2c30", thread="#55555a", waist=19.5, hip=24.0, knee=20.2, leg=15.5, spread=3.2, button="#8a8880", fade=0.12, seed=26)),
    Product("pleated-trousers", "Pleated wide trousers", "bottoms", "charcoal check", "#8f897e", 7900,
            "High-rise trousers in a glen check with a pressed crease and a wide leg.", ("trousers", "check", "wide leg"),
            Lower(weave="wool", colour=GLEN, waist=19, hip=25.5, knee=26.5, leg=25, spread=1.8, button="#4a4038", metal=False, extra=dict(crease=True), seed=27)),
    Product("chinos-stone", "Stone chinos", "bottoms", "stone", "#bfae92", 5500,
            "Cotton twill chinos with slanted pockets and a tapered leg.", ("chinos", "twill"),
            Lower(weave="twill", colour="#bfae92", waist=20.5, hip=25.5, knee=22.2, leg=18, button="#7d6a50", metal=False, seed=28)),
    Product("soft-joggers", "Soft joggers", "bottoms", "grey marl", "#a3a5a8", 4500,
            "Brushed grey marl with a drawcord and ribbed ankles.", ("joggers", "fleece"),
            Lower(weave="fleece", colour="#a3a5a8", heather=0.05, elastic=True, fly=False, waist=20, hip=26, knee=23, leg=16.5, spread=4, seed=29)),
    Product("denim-shorts", "Denim shorts", "bottoms", "light wash", "#8aa6c4", 4500,
            "Light-wash denim, cut above the knee, hems turned up once.", ("shorts", "denim"),
            Lower(jeans=True, colour="#7f9dbf", thread="#d9b07a", length=46, leg=27.0, spread=1.6, knee=28, waist=20, hip=25.5, turn_up=3.6, fade=0.3, crotch=27, seed=30)),
    Product("pleated-satin-skirt", "Pleated satin skirt", "bottoms", "sage", "#8f9c86", 5900,
            "Knife pleats in matte satin, from a narrow waistband to mid-calf.", ("skirt", "pleats", "satin"),
            Lower(kind="skirt", weave="satin", colour="#87967f", waist=17, hip=21, hem=33, length=78, pleats=15, fly=False, seed=31)),
    Product("button-denim-skirt", "Button-through denim skirt", "bottoms", "mid blue", "#557499", 4900,
            "An A-line in mid-blue denim with brass-look buttons down the front.", ("skirt", "denim"),
            Lower(kind="skirt", jeans=True, colour="#4f6f95", thread="#c98f4a", waist=18.5, hip=23.5, hem=29, length=52, placket=True, button="#b58a52", seed=32)),
    Product("gingham-skirt", "Gingham circle skirt", "bottoms", "blue gingham", "#567a9a", 4900,
            "Small gingham, a neat waistband and soft folds.", ("skirt", "check", "cotton"),
            Lower(kind="skirt", weave="oxford", colour=GINGHAM, waist=17, hip=24, hem=38, length=66, fly=False, extra=dict(soft=11), seed=33)),
    Product("denim-jacket", "Denim jacket", "outerwear", "mid blue", "#4a6a96", 8900,
            "A classic trucker with flap pockets, copper-look buttons and contrast stitching.", ("jacket", "denim"),
            shirt("#44628c", weave="denim", length=62, chest=28, waist=26.5, hem=25.5, hem_finish="stitch", pockets=("flap",), button="#b98d55", metal=True,
                  thread="#c98f4a", buttons=6, extra=dict(), seed=34)),
    Product("wool-coat-camel", "Double-breasted wool coat", "outerwear", "camel", "#b89a74", 18900,
            "A long camel coat with wide lapels and patch pockets, in a dense wool blend.", ("coat", "wool"),
            Upper(weave="wool", colour="#b8946a", sleeve=64, angle=78, cuff=15, neck="lapel", neck_d=30, front="double", buttons=3, button="#5a4331", length=106,
                  chest=28, waist=27.5, waist_y=50, hem=32, pockets=("patch",), thread=None, seed=35)),
    Product("quilted-puffer", "Quilted puffer jacket", "outerwear", "pine", "#2f4a43", 12900,
            "Recycled fill in wide channels, a stand collar and a two-way zip.", ("jacket", "puffer"),
            Upper(weave="puffer", colour="#35574e", sleeve=57, angle=74, cuff=15, neck="turtle", neck_w=8, neck_d=2.5, front="zip", length=66, chest=30, hem=28.5,
                  waist=29.5, cuff_finish="none", hem_finish="none", folds=0.5, extra=dict(collar=5.0), seed=36)),
    Product("bomber-jacket", "Bomber jacket", "outerwear", "burgundy", "#5c2630", 9900,
            "Smooth nylon with ribbed collar, cuffs and hem, and slanted pockets.", ("jacket", "nylon"),
            Upper(weave="nylon", colour="#5f2833", sleeve=57, angle=74, cuff=14.5, neck="crew", neck_w=8, neck_d=6.5, band=3.0, front="zip", length=65, chest=29, hem=27,
                  waist=28.5, hem_finish="rib", cuff_finish="rib", pockets=("welt",), extra=dict(pocket_y=38), trim="#4c2029", seed=37)),
    Product("rain-jacket", "Hooded rain jacket", "outerwear", "marigold", "#e0a12e", 10900,
            "Waterproof, matte and bright, with a hood that stays up and patch pockets.", ("jacket", "rain"),
            Upper(weave="gabardine", colour="#dd9c2a", sleeve=59, angle=75, cuff=15, neck="hood", front="zip", length=76, chest=29, hem=30, waist=29,
                  pockets=("patch",), extra=dict(pocket_y=47), seed=38)),
]
