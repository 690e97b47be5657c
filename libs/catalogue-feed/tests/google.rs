//! Google Merchant feeds, with tabs and as XML.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use catalogue_feed::{Entry, Format, Item, ReadOptions, RowProblem, Severity, Status, read};

const TSV: &str = "id\ttitle\tdescription\tlink\timage_link\tadditional_image_link\tavailability\tprice\tbrand\titem_group_id\tcolor\tsize\tgoogle_product_category\tproduct_type\tgender\tshipping\n\
LS-SAND-S\tLinen Shirt - S\t\"Washed linen,\tcut straight.\"\thttps://shop.example/a\thttps://shop.example/1.jpg\thttps://shop.example/2.jpg,https://shop.example/3.jpg\tin stock\t49.90 EUR\tAtelier Norte\tLS\tSand\tS\t212\tWomen > Tops > Shirts\tfemale\tDE:::4.90 EUR\n\
LS-NAVY-S\tLinen Shirt - S\tWashed.\thttps://shop.example/b\thttps://shop.example/4.jpg\t\tin stock\t49.90 EUR\tAtelier Norte\tLS\tNavy\tS\t212\t\tfemale\t\n\
LS-SAND-M\tLinen Shirt - M\tWashed.\thttps://shop.example/a\thttps://shop.example/1.jpg\t\tout of stock\t49.90 EUR\tAtelier Norte\tLS\tSand\tM\t212\t\tfemale\t\n\
HAT\tHat\t\t\t\t\t\tfree\t\t\tBlack\t\t\t\t\t\n";

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">
<channel>
  <title>A shop</title>
  <link>https://shop.example</link>
  <item>
    <title>Ignored &amp; replaced</title>
    <g:title><![CDATA[Linen Shirt]]></g:title>
    <g:id>LS-SAND-S</g:id>
    <g:description>Washed &#x2014; twice &amp; &lt;soft&gt;</g:description>
    <g:image_link>https://shop.example/1.jpg</g:image_link>
    <g:additional_image_link>https://shop.example/2.jpg</g:additional_image_link>
    <g:additional_image_link>https://shop.example/3.jpg</g:additional_image_link>
    <g:price>49.90 EUR</g:price>
    <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
    <g:item_group_id>LS</g:item_group_id>
    <g:color>Sand</g:color><g:size>S</g:size>
    <g:google_product_category>212</g:google_product_category>
  </item>
  <item>
    <g:id>LS-SAND-M</g:id><g:title>Linen Shirt</g:title><g:price>49.90 EUR</g:price>
    <g:item_group_id>LS</g:item_group_id><g:color>Sand</g:color><g:size>M</g:size>
  </item>
</channel>
</rss>
"#;

fn read_all(format: Format, text: &str) -> Vec<Result<Entry, RowProblem>> {
    let input = std::io::Cursor::new(text.to_owned().into_bytes());
    read(format, input, &ReadOptions::default()).collect()
}

fn sizes(item: &Item) -> Vec<(&str, &str)> {
    let sizes = item.sizes.iter();
    sizes
        .map(|size| (size.size.as_str(), size.sku.as_deref().unwrap()))
        .collect()
}

#[test]
fn an_item_group_is_a_style_with_a_garment_for_each_colour() {
    let read = read_all(Format::GoogleTsv, TSV);
    let problem = read.iter().find_map(|it| it.as_ref().err()).unwrap();
    assert_eq!(
        (problem.line, problem.column.as_deref()),
        (5, Some("price"))
    );
    let items: Vec<_> = read
        .into_iter()
        .filter_map(Result::ok)
        .map(|it| it.item)
        .collect();
    let [sand, navy] = items.as_slice() else {
        panic!("{items:?}")
    };
    assert_eq!(sand.name, "Linen Shirt");
    assert_eq!(sand.style.as_deref(), Some("ls"));
    assert_eq!(navy.style, sand.style);
    assert_eq!(sizes(sand), [("S", "LS-SAND-S"), ("M", "LS-SAND-M")]);
    assert_eq!(sand.description, "Washed linen,\tcut straight.");
    assert_eq!(sand.category.as_deref(), Some("tops"));
    assert_eq!(sand.category_path.as_deref(), Some("women/tops/shirts"));
    assert_eq!(sand.attributes["gender"], "female");
    assert_eq!(sand.pictures.len(), 3);
    assert_eq!(sand.status, Some(Status::Published));
    assert_eq!(navy.category.as_deref(), Some("tops"));
}

#[test]
fn xml_says_the_same() {
    let read = read_all(Format::GoogleXml, XML);
    assert_eq!(read.len(), 1, "{read:?}");
    let Entry { line, item } = read.into_iter().next().unwrap().unwrap();
    assert_eq!((line, item.name.as_str()), (6, "Linen Shirt"));
    assert_eq!(item.description, "Washed — twice & <soft>");
    assert_eq!(item.price.as_ref().map(|price| price.minor), Some(4_990));
    assert_eq!(sizes(&item), [("S", "LS-SAND-S"), ("M", "LS-SAND-M")]);
    assert_eq!(item.pictures.len(), 3);
}

#[test]
fn what_breaks_off_is_not_taken_for_whole() {
    let cut = &XML[..XML.rfind("LS-SAND-M").unwrap()];
    let read = read_all(Format::GoogleXml, cut);
    let problems: Vec<_> = read.into_iter().map(Result::unwrap_err).collect();
    assert_eq!(problems.last().unwrap().severity, Severity::Fatal);
    assert!(problems[0].message.contains("broke off"), "{problems:?}");
}

#[test]
fn entities_do_not_grow() {
    let bomb = format!(
        "<!DOCTYPE rss [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;\">]><rss><item><id>1</id><title>&b;</title>\
         <price>5 EUR</price></item></rss>",
        "x".repeat(1_000)
    );
    let item = read_all(Format::GoogleXml, &bomb).remove(0).unwrap().item;
    assert_eq!(item.name, "&b;");
}
