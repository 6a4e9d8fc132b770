"""What the environment says of the object store, and what is refused."""

import pytest

from netflix_platform.settings import SettingError, load_settings

SECRET = "hunter2"


def load(tmp_path, **environ):
    return load_settings({"NETFLIX_DATA_DIR": str(tmp_path), **environ})


def test_address_endpoint_region_and_keys_come_from_the_usual_variables(tmp_path):
    assert load(tmp_path).object_store is None
    store = load(tmp_path, NETFLIX_OBJECT_STORE="s3://a-bucket/some/prefix=1/").object_store
    assert (store.bucket, store.prefix, store.endpoint, store.region) == (
        "a-bucket",
        "some/prefix=1",
        None,
        "us-east-1",
    )
    assert (str(store), store.access_key) == ("s3://a-bucket/some/prefix=1", None)
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": f"{SECRET}-token"}
    store = load(
        tmp_path,
        NETFLIX_OBJECT_STORE="s3://bucket",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_ENDPOINT_URL_S3="http://127.0.0.1:9000/",
        AWS_DEFAULT_REGION="eu-central-1",
        **keys,
    ).object_store
    assert (str(store), store.endpoint, store.region) == ("s3://bucket", "http://127.0.0.1:9000", "eu-central-1")
    assert (store.access_key, store.secret_key, store.session_token) == ("key", SECRET, f"{SECRET}-token")


def test_keys_are_in_no_text_and_no_childs_environment(tmp_path):
    settings = load(tmp_path, NETFLIX_OBJECT_STORE="s3://bucket", AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY=SECRET)
    for text in (repr(settings), str(settings.object_store), str(settings.world()), str(settings.child_environment())):
        assert SECRET not in text


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        (
            {"NETFLIX_OBJECT_STORE": "bucket/prefix"},
            "NETFLIX_OBJECT_STORE=bucket/prefix: is no address of a bucket; write s3://",
        ),
        ({"NETFLIX_OBJECT_STORE": "s3://bucket/../other"}, "is no address of a bucket"),
        ({"NETFLIX_OBJECT_STORE": "s3://Bucket"}, "is no address of a bucket"),
        (
            {"NETFLIX_OBJECT_STORE": f"s3://key:{SECRET}@bucket"},
            "NETFLIX_OBJECT_STORE=…: .* with keys in AWS_ACCESS_KEY_ID",
        ),
        (
            {"NETFLIX_OBJECT_STORE": "s3://bucket", "AWS_ENDPOINT_URL": f"http://key:{SECRET}@host"},
            "AWS_ENDPOINT_URL=…: is no",
        ),
        (
            {"NETFLIX_OBJECT_STORE": "s3://bucket", "AWS_ACCESS_KEY_ID": "key"},
            "AWS_SECRET_ACCESS_KEY=: is not set and the other",
        ),
        ({"NETFLIX_OBJECT_STORE": "s3://bucket", "AWS_SECRET_ACCESS_KEY": SECRET}, "AWS_ACCESS_KEY_ID=: is not set"),
    ],
)
def test_what_is_no_address_is_refused_without_its_secrets(tmp_path, environ, told):
    with pytest.raises(SettingError, match=told) as caught:
        load(tmp_path, **environ)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
@pytest.mark.parametrize("scheme", ["s3", "s3a"])
def test_a_data_folder_in_a_bucket_is_refused_with_what_to_set(engine, scheme):
    told = rf"NETFLIX_DATA_DIR={scheme}://bucket/x: .*with either engine.*set NETFLIX_OBJECT_STORE=s3://bucket/x:"
    with pytest.raises(SettingError, match=told):
        load_settings({"NETFLIX_DATA_DIR": f"{scheme}://bucket/x", "NETFLIX_ENGINE": engine})
    with pytest.raises(
        SettingError, match=r"NETFLIX_DATA_DIR=…: .*set NETFLIX_OBJECT_STORE=s3://bucket/prefix:"
    ) as caught:
        load_settings({"NETFLIX_DATA_DIR": f"{scheme}://key:{SECRET}@bucket/x", "NETFLIX_ENGINE": engine})
    assert SECRET not in str(caught.value)
