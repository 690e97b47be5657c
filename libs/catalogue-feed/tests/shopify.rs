//! Shopify's product CSV, as shops export it.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use catalogue_feed::{Entry, Format, Item, ReadOptions, RowProblem, Severity, Status, read};

const FILE: &str = "\u{feff}Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src,Image Position,Variant Image,Status,Fabric (product.metafields.shopify.fabric)\r
linen-shirt,Linen Shirt,\"<p>Washed linen,\r
cut straight.</p><p>Made in Porto &amp; Braga</p>\",Atelier Norte,Apparel & Accessories > Clothing > Shirts & Tops,Shirts,summer,true,Color,Sand,Size,S,LS-SAND-S,4,49.90,https://shop.example/sand.jpg,1,https://shop.example/sand.jpg,active,Linen\r
linen-shirt,,,,,,,,,Sand,,M,LS-SAND-M,-1,49.90,https://shop.example/navy.jpg,2,https://shop.example/sand.jpg,,\r
linen-shirt,,,,,,,,,Navy,,S,LS-NAVY-S,0,49.90,,,https://shop.example/navy.jpg,,\r
linen-shirt,,,,,,,,,,,,,,,https://shop.example/back.jpg,3,,,\r
\r
canvas-tote,Shift Dress Black,,Atelier Norte,,Dresses,,false,Title,Default Title,,,SD-1,7,120,https://shop.example/dress.jpg,1,,draft,\r
";

fn read_all(text: &str, currency: Option<&str>) -> Vec<Result<Entry, RowProblem>> {
    let options = ReadOptions {
        currency: currency.map(str::to_owned),
    };
    let input = std::io::Cursor::new(text.to_owned().into_bytes());
    read(Format::ShopifyCsv, input, &options).collect()
}

fn items(text: &str) -> Vec<Item> {
    let read = read_all(text, Some("EUR")).into_iter();
    read.map(|entry| entry.unwrap().item).collect()
}

#[test]
fn a_handle_is_a_style_with_a_garment_for_each_colour() {
    let items = items(FILE);
    assert_eq!(items.len(), 3);
    let [sand, navy, dress] = items.as_slice() else {
        panic!("{items:?}")
    };
    assert_eq!(sand.style.as_deref(), Some("linen-shirt"));
    assert_eq!(navy.style, sand.style);
    assert_eq!(sand.slug.as_deref(), Some("linen-shirt-sand"));
    assert_eq!(navy.slug.as_deref(), Some("linen-shirt-navy"));
    assert_eq!(navy.name, "Linen Shirt");
    assert_eq!(navy.brand.as_deref(), Some("Atelier Norte"));
    assert_eq!(navy.material.as_deref(), Some("Linen"));
    assert_eq!(navy.category.as_deref(), Some("tops"));
    let path = Some("apparel-accessories/clothing/shirts-tops");
    assert_eq!(navy.category_path.as_deref(), path);
    assert_eq!(navy.status, Some(Status::Published));
    let description = "Washed linen, cut straight.\nMade in Porto & Braga";
    assert_eq!(sand.description, description);
    assert_eq!(navy.price.as_ref().map(|price| price.minor), Some(4_990));
    let sizes = |item: &Item| -> Vec<_> {
        let sizes = item.sizes.iter();
        sizes
            .map(|size| (size.size.clone(), size.sku.clone().unwrap(), size.stock))
            .collect()
    };
    assert_eq!(
        sizes(sand),
        [
            ("S".to_owned(), "LS-SAND-S".to_owned(), Some(4)),
            ("M".to_owned(), "LS-SAND-M".to_owned(), Some(0)),
        ]
    );
    assert_eq!(navy.pictures, ["https://shop.example/navy.jpg"]);
    assert_eq!(dress.status, Some(Status::Draft));
    assert_eq!(dress.category.as_deref(), Some("dresses"));
    assert_eq!(dress.sizes[0].size, "One size");
    assert_eq!(dress.price.as_ref().map(|price| price.minor), Some(12_000));
}

#[test]
fn a_bad_row_leaves_out_its_garment_and_no_other() {
    let text = FILE.replace("Sand,,M,LS-SAND-M,-1,49.90", "Sand,,M,LS-SAND-M,many,cheap");
    let (good, bad): (Vec<_>, Vec<_>) = read_all(&text, Some("EUR"))
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!(good.len(), 2, "{good:?}");
    let bad: Vec<_> = bad.into_iter().map(Result::unwrap_err).collect();
    let places: Vec<_> = bad
        .iter()
        .map(|it| (it.line, it.column.as_deref()))
        .collect();
    assert_eq!(
        places,
        [
            (4, Some("variant price")),
            (4, Some("variant inventory qty"))
        ]
    );
}

#[test]
fn prices_without_a_currency_are_no_prices() {
    let first = read_all(FILE, None).remove(0).unwrap_err();
    assert_eq!(first.severity, Severity::Error);
    assert!(first.message.contains("currency"), "{first}");
}

#[test]
fn a_size_may_cost_something_else() {
    let text = FILE.replace("LS-SAND-M,-1,49.90", "LS-SAND-M,-1,59.90");
    let sand = items(&text).remove(0);
    let prices: Vec<_> = sand
        .sizes
        .iter()
        .map(|size| size.price.as_ref().map(|it| it.minor))
        .collect();
    assert_eq!(
        (sand.price.unwrap().minor, prices),
        (4_990, vec![None, Some(5_990)])
    );
}

#[test]
fn other_options_belong_to_the_size() {
    let text = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant Price\n\
        jeans,Wide Jeans,Waist,32,Colour,Indigo,Length,34,80\njeans,,,33,,Indigo,,34,80\n";
    let items = items(text);
    let sizes: Vec<_> = items[0].sizes.iter().map(|it| it.size.as_str()).collect();
    assert_eq!((items.len(), sizes), (1, vec!["32/34", "33/34"]));
}
