//! Blobs in a bucket, against a server that speaks as much S3 as a blob store needs: PUT, GET and HEAD of one object.
#![expect(clippy::unwrap_used, reason = "test")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use blob_store::{BlobError, BlobHash, BlobStore, S3Options};
use bytes::Bytes;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

type Objects = Arc<Mutex<HashMap<String, Vec<u8>>>>;

async fn serve(listener: TcpListener, objects: Objects) {
    while let Ok((connection, _)) = listener.accept().await {
        let _ = answer(connection, &objects).await;
    }
}

async fn answer(connection: TcpStream, objects: &Objects) -> std::io::Result<()> {
    let mut connection = BufReader::new(connection);
    let mut request = String::new();
    connection.read_line(&mut request).await?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        connection.read_line(&mut header).await?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await?;
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap().to_owned());
    let (status, body) = {
        let mut objects = objects.lock().unwrap();
        if method == "PUT" {
            objects.insert(path, body);
            ("200 OK", Some(vec![]))
        } else {
            objects.get(&path).map_or(("404 Not Found", None), |found| {
                ("200 OK", Some(found.clone()))
            })
        }
    };
    let body = body.unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: \"1\"\r\nlast-modified: Mon, 02 Nov 2026 10:00:00 GMT\r\nconnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await?;
    if method != "HEAD" {
        connection.write_all(&body).await?;
    }
    connection.shutdown().await
}

#[tokio::test]
async fn a_bucket_keeps_blobs_under_its_prefix() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let objects = Objects::default();
    let server = tokio::spawn(serve(listener, Arc::clone(&objects)));
    let options = S3Options {
        endpoint: Some(endpoint),
        access_key_id: Some("key".to_owned()),
        secret_access_key: Some("secret".to_owned()),
        ..S3Options::default()
    };
    let blobs = BlobStore::open("s3://pictures/drape", &options).unwrap();

    let hash = blobs.put(Bytes::from_static(b"in a bucket")).await.unwrap();

    assert_eq!(blobs.get(hash).await.unwrap(), "in a bucket");
    let name = hash.to_string();
    let key = format!("/pictures/drape/{}/{}/{name}", &name[..2], &name[2..4]);
    assert_eq!(objects.lock().unwrap().get(&key).unwrap(), b"in a bucket");
    let missing = BlobHash::of(b"missing");
    assert!(matches!(
        blobs.get(missing).await,
        Err(BlobError::NotFound(_))
    ));
    objects.lock().unwrap().insert(key, b"in a basket".to_vec());
    assert!(matches!(blobs.get(hash).await, Err(BlobError::Corrupt(_))));
    server.abort();
}
