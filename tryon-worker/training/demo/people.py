"""The people of the demo catalogue, each chosen by looking at the result."""

from figure import Person

SKIN_F, SKIN_F3, SKIN_FM = "young_lightskinned_female_diffuse2", "young_lightskinned_female_diffuse3", "middleage_lightskinned_female_diffuse2"
SKIN_M, SKIN_M2, SKIN_M3 = "young_lightskinned_male_diffuse", "young_lightskinned_male_diffuse2", "young_lightskinned_male_diffuse3"

PEOPLE = [
    Person("person-01", "Woman, full length, studio, white T-shirt and blue jeans", male=0.0, age=0.08, race=(0.1, 0.15, 0.75), weight=0.42,
           muscle=0.5, height=0.6, cup=0.42, skin=SKIN_F, hair="long01", hair_colour=(62, 40, 26), brow=3, seed=11,
           top=dict(colour=(232, 231, 228), sleeve=0.42, hem=-0.1, neck="crew", loose=0.05),
           bottom=dict(colour=(58, 78, 112), kind="denim", waist=1.0)),
    Person("person-02", "Man, full length, studio, grey T-shirt and dark chinos", male=1.0, age=0.12, race=(0, 0.1, 0.9), weight=0.45, muscle=0.6,
           height=0.65, skin=SKIN_M, iris=(92, 104, 96), hair="short02", hair_colour=(70, 50, 34), brow=1, seed=12,
           top=dict(colour=(120, 124, 128), sleeve=0.5, hem=-0.3, loose=0.07, heather=0.06),
           bottom=dict(colour=(44, 46, 52), kind="chino", waist=1.0, loose=0.07)),
    Person("person-03", "Man, thigh length, studio, white T-shirt", male=1.0, age=0.1, race=(0.95, 0, 0.05), weight=0.5, muscle=0.65,
           height=0.6, skin="young_darkskinned_male_diffuse", hair="short04", hair_colour=(18, 15, 14), brow=5, frame="thigh", seed=13,
           tone=(1.15, 1.1, 1.05), top=dict(colour=(236, 235, 232), sleeve=0.5, hem=-0.3, loose=0.07),
           bottom=dict(colour=(60, 64, 70), kind="denim", waist=1.0)),
    Person("person-04", "Woman, knee length, studio, black sleeveless top and light jeans", male=0.0, age=0.1, race=(0, 0.95, 0.05), weight=0.4, muscle=0.45,
           height=0.45, cup=0.35, skin=SKIN_F3, hair="long01", hair_colour=(24, 18, 16), brow=4, frame="knee", seed=14,
           top=dict(colour=(38, 38, 41), sleeve=0.05, hem=-0.1, neck="crew", round=0.3, loose=0.04),
           bottom=dict(colour=(96, 118, 148), kind="denim", waist=1.1)),
    Person("person-05", "Woman, full length, studio, sage T-shirt and leggings", male=0.0, age=0.15, race=(0.9, 0, 0.1), weight=0.75, muscle=0.45,
           height=0.5, cup=0.6, skin=SKIN_F, tone=(0.42, 0.34, 0.28), contrast=1.25, hair="short04", hair_colour=(20, 16, 15), brow=6,
           seed=15, top=dict(colour=(172, 186, 172), sleeve=0.42, hem=-0.2, loose=0.06),
           bottom=dict(colour=(40, 42, 46), kind="plain", waist=1.2, loose=0.03, flare=0.05)),
    Person("person-06", "Man, thigh length, beige studio, navy T-shirt", male=1.0, age=0.45, race=(0.05, 0.1, 0.85), weight=0.66, muscle=0.5,
           height=0.55, skin="middleage_lightskinned_male_diffuse", hair="short01", hair_colour=(120, 116, 112), brow=8, frame="thigh", seed=16,
           iris=(88, 106, 120), backdrop=dict(top=(196, 189, 178), bottom=(222, 216, 206)), top=dict(colour=(44, 56, 84), sleeve=0.5, hem=-0.3, loose=0.08),
           bottom=dict(colour=(150, 136, 112), kind="chino", waist=1.0, loose=0.08)),
    Person("person-07", "Woman, knee length, indoors, pale blue T-shirt and jeans", male=0.0, age=0.5, race=(0.05, 0.05, 0.9), weight=0.58,
           muscle=0.45, height=0.45, cup=0.5, skin=SKIN_FM, hair="short01", hair_colour=(150, 144, 138), brow=2, frame="knee", seed=17,
           backdrop=dict(kind="probe", probe="apartment", yaw=200), top=dict(colour=(176, 194, 212), sleeve=0.5, hem=-0.2, neck="v", v=0.4, loose=0.07),
           bottom=dict(colour=(48, 58, 80), kind="denim", waist=1.1, loose=0.06)),
    Person("person-08", "Man, knee length, outdoors, black T-shirt and olive chinos", male=1.0, age=0.1, race=(0.05, 0.9, 0.05), weight=0.38, muscle=0.5,
           height=0.5, skin=SKIN_M2, tone=(0.98, 0.92, 0.84), backdrop=dict(kind="probe", probe="park", yaw=40, exposure=0.62), frame="knee", hair="short02", hair_colour=(22, 18, 17), brow=7, seed=18,
           top=dict(colour=(40, 40, 43), sleeve=0.5, hem=-0.3, loose=0.08),
           bottom=dict(colour=(92, 92, 72), kind="chino", waist=1.0, loose=0.09)),
]
