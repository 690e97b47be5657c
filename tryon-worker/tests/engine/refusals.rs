//! What is refused, and with which code.

use image::{RgbImage, imageops};
use tryon_worker::engine::{Category, Refusal, Subject, TryOnInput};

use crate::{ENGINE, demo, encoded, pixels, refusal, root, try_on};

#[test]
fn a_picture_without_a_person_is_refused() {
    let tee = demo("garments/shapes-tee.jpg");
    assert_eq!(refusal(&tee, &tee, Category::Tops), Refusal::NoPerson);
    let grey = encoded(RgbImage::from_pixel(600, 800, image::Rgb([180; 3])));
    assert_eq!(refusal(&grey, &tee, Category::Tops), Refusal::NoPerson);
}

#[test]
fn a_blurred_photo_is_refused_and_a_small_one_is_not() {
    let tee = demo("garments/high-trails-tee.jpg");
    let photo = pixels(&demo("people/person-06.jpg"));
    let blurred = encoded(imageops::blur(&photo, 20.0));
    assert_eq!(
        refusal(&blurred, &tee, Category::Tops),
        Refusal::PersonBlurred
    );
    let (width, height) = (photo.width() / 3, photo.height() / 3);
    let small = imageops::resize(&photo, width, height, imageops::FilterType::Triangle);
    let result = try_on(&encoded(small), &tee, Category::Tops);
    assert!(result.is_ok(), "{:?}", result.err());
}

#[test]
fn two_people_are_refused() {
    let one = pixels(&demo("people/person-04.jpg"));
    let mut two = RgbImage::new(one.width() * 2, one.height());
    imageops::replace(&mut two, &one, 0, 0);
    imageops::replace(
        &mut two,
        &pixels(&demo("people/person-03.jpg")),
        i64::from(one.width()),
        0,
    );
    assert_eq!(
        refusal(
            &encoded(two),
            &demo("garments/shapes-tee.jpg"),
            Category::Tops
        ),
        Refusal::SeveralPeople
    );
}

#[test]
fn a_head_alone_is_refused() {
    let mut person = pixels(&demo("people/person-06.jpg"));
    let head = imageops::crop(&mut person, 150, 20, 468, 300).to_image();
    let code = refusal(
        &encoded(head),
        &demo("garments/shapes-tee.jpg"),
        Category::Tops,
    );
    assert!(
        matches!(code, Refusal::BodyPartOutOfFrame | Refusal::PoseUncertain),
        "{code:?}"
    );
}

#[test]
fn a_garment_of_another_category_is_refused() {
    let person = demo("people/person-02.jpg");
    assert_eq!(
        refusal(
            &person,
            &demo("garments/straight-jeans-indigo.jpg"),
            Category::Tops
        ),
        Refusal::GarmentCategory
    );
    assert_eq!(
        refusal(
            &person,
            &demo("garments/high-trails-tee.jpg"),
            Category::Bottoms
        ),
        Refusal::GarmentCategory
    );
}

#[test]
fn legs_that_the_photo_hides_are_not_made_up() {
    assert_eq!(
        refusal(
            &demo("people/person-02.jpg"),
            &demo("garments/denim-shorts.jpg"),
            Category::Bottoms
        ),
        Refusal::LegsHidden
    );
}

#[test]
fn a_check_says_what_is_wrong_with_each_picture_and_with_both() {
    let (person, tee) = (
        demo("people/person-03.jpg"),
        demo("garments/high-trails-tee.jpg"),
    );
    let wall = encoded(RgbImage::from_pixel(600, 800, image::Rgb([190, 180, 160])));
    let check = |person: &[u8], garment: &[u8], category| {
        let input = TryOnInput {
            person,
            garment,
            category,
        };
        let found = ENGINE.check(&input).unwrap().into_iter();
        found
            .map(|finding| (finding.subject, finding.refusal.code()))
            .collect::<Vec<_>>()
    };
    assert_eq!(check(&person, &tee, Category::Tops), []);
    let empty = check(&wall, &wall, Category::Tops);
    assert_eq!(empty[0], (Subject::Person, "no-person"));
    assert_eq!(empty[1], (Subject::Garment, "garment-not-found"));
    assert_eq!(
        check(&person, &tee, Category::Bottoms),
        [(Subject::Garment, "garment-category")]
    );
    // Whatever a try-on says of two sound pictures, a check says of both.
    for other in 1..=8 {
        let person = demo(&format!("people/person-0{other}.jpg"));
        let tried = try_on(&person, &tee, Category::Tops).map(drop);
        let checked = check(&person, &tee, Category::Tops);
        assert_eq!(
            tried.is_ok(),
            checked.is_empty(),
            "person {other}: {checked:?}"
        );
    }
}

#[test]
fn a_photograph_that_shows_too_little_is_refused() {
    let astronaut = std::fs::read(root().join("tests/pictures/astronaut.jpg")).unwrap();
    for (garment, category) in [
        ("fern-tee", Category::Tops),
        ("stripe-jersey-dress", Category::Dresses),
        ("chinos-stone", Category::Bottoms),
    ] {
        let code = refusal(
            &astronaut,
            &demo(&format!("garments/{garment}.jpg")),
            category,
        );
        assert_eq!(code, Refusal::BodyPartOutOfFrame, "{garment}");
    }
}
