//! What a file leaves unsaid and its words give away.

use crate::{
    category, colours,
    item::{Colour, Item},
    slugify::slugify,
};

impl Item {
    /// Fills in what can be told from the rest: the address from name and colour, the category from path and name, a colour
    /// from the name, a value from the colour's name. What the file says stays as it is.
    pub fn complete(&mut self) {
        if self.category.is_none() {
            let path = self.category_path.as_deref().unwrap_or_default();
            let path = path.replace('/', ">");
            self.category = category::guess(&[&path, &self.name]);
        }
        if self.colour.is_none() {
            self.colour = colours::word_in(&self.name).map(|word| Colour {
                name: word.to_owned(),
                hex: None,
            });
        }
        if let Some(colour) = &mut self.colour
            && colour.hex.is_none()
        {
            colour.hex = Some(colours::hex_of(&colour.name));
        }
        if self.slug.is_none() {
            let colour = self.colour.as_ref().map_or("", |colour| &colour.name);
            let (name, colour) = (slugify(&self.name), slugify(colour));
            let slug = if name.ends_with(&colour) {
                name
            } else {
                slugify(&format!("{name} {colour}"))
            };
            self.slug = Some(slug).filter(|slug| !slug.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_away_the_rest() {
        let mut item = Item {
            name: "Linen Shirt Navy".to_owned(),
            ..Item::default()
        };
        item.complete();
        assert_eq!(item.category.as_deref(), Some("tops"));
        assert_eq!(item.slug.as_deref(), Some("linen-shirt-navy"));
        let colour = item.colour.clone().unwrap();
        assert_eq!(
            (colour.name.as_str(), colour.hex.as_deref()),
            ("navy", Some("#1b2a4a"))
        );
        let said = item.clone();
        item.complete();
        assert_eq!(item, said);
    }
}
