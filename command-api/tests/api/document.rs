//! What the OpenAPI document promises.

use std::collections::BTreeSet;

use crate::support::App;

#[tokio::test]
async fn every_endpoint_is_documented_with_its_problems() {
    let app = App::start().await;
    let mut operations = BTreeSet::new();
    for methods in app.openapi["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            operations.insert(id.to_owned());
            assert!(operation["summary"].is_string(), "{id} has no summary");
            assert!(operation["security"].is_array(), "{id} has no security");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert!(!answer["content"].is_null(), "{id} {status} has no body");
            }
            for status in ["400", "401", "403", "500", "503"] {
                assert!(operation["responses"][status].is_object(), "{id} {status}");
            }
        }
    }
    insta::assert_json_snapshot!(operations, @r#"
    [
      "addCollection",
      "addFavourite",
      "addGarment",
      "adjustStock",
      "attachPicture",
      "cancelTryOn",
      "changeListPrice",
      "changePrice",
      "changeSizePrice",
      "checkTryOn",
      "chooseCollectionMembers",
      "chooseFocalPoint",
      "countStock",
      "createImport",
      "disownGarment",
      "giveConsent",
      "mergeWardrobe",
      "nameCategory",
      "ownGarment",
      "pinInCollection",
      "pinSearch",
      "publishGarment",
      "rateTryOn",
      "removeCollection",
      "removeFavourite",
      "removeOutfit",
      "removePicture",
      "requestTryOn",
      "restoreGarment",
      "retireGarment",
      "reviseCollection",
      "reviseGarment",
      "reviseOutfit",
      "saveOutfit",
      "schedulePublication",
      "setLowStockLevel",
      "shareOutfit",
      "showImport",
      "unnameCategory",
      "unshareOutfit",
      "uploadPicture",
      "watchImport",
      "withdrawConsent"
    ]
    "#);
    let schemas = app.openapi["components"]["schemas"].as_object().unwrap();
    let referred: BTreeSet<_> = app
        .openapi
        .to_string()
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    for name in referred {
        assert!(schemas.contains_key(&name), "{name} is not defined");
    }
}
