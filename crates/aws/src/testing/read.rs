//! What went over the wire as JSON, whatever the protocol: objects, lists and texts by AWS's own names. JSON stays as it
//! is; of forms (`Tags.member.1.Key=…`) and XML every leaf is a text, and `member`, `item` and numbers are lists.
//! Secrets are struck out.

use serde_json::{Map, Value as Json};

/// Stands for a secret.
pub(super) const STRUCK_OUT: &str = "…";

/// What a request asks for: in its body, or, where it has none, in its address.
pub(super) fn parameters(uri: &str, body: &[u8], secret: Option<&str>) -> Json {
    let mut read = match body {
        [] => form(uri.split_once('?').map_or("", |(_, query)| query)),
        body => parsed(body),
    };
    strike_out(&mut read, secret);
    read
}

/// What a reply says.
pub(super) fn body(body: &[u8], secret: Option<&str>) -> Json {
    let mut read = parsed(body);
    strike_out(&mut read, secret);
    read
}

/// The value of a parameter that a request wants encrypted.
pub(super) fn secret(body: &[u8]) -> Option<String> {
    let asked: Json = serde_json::from_slice(body).ok()?;
    let secret = asked.get("Value").filter(|_| asked["Type"] == "SecureString")?;
    Some(secret.as_str()?.to_owned())
}

fn parsed(body: &[u8]) -> Json {
    let text = String::from_utf8_lossy(body);
    match text.trim_start().chars().next() {
        Some('{' | '[') => serde_json::from_str(&text).unwrap_or(Json::Null),
        Some('<') => xml(&text),
        _ => form(&text),
    }
}

/// Values of SecureStrings, keys to sign with, and whatever quotes this call's own secret.
fn strike_out(value: &mut Json, secret: Option<&str>) {
    match value {
        Json::Object(fields) => {
            let encrypted = fields.get("Type").is_some_and(|kind| kind == "SecureString");
            for (name, field) in fields {
                if (name == "Value" && encrypted) || name == "SecretAccessKey" || name == "SessionToken" {
                    *field = STRUCK_OUT.into();
                }
                strike_out(field, secret);
            }
        }
        Json::Array(all) => all.iter_mut().for_each(|one| strike_out(one, secret)),
        Json::String(text) => {
            if let Some(secret) = secret.filter(|secret| !secret.is_empty() && text.contains(secret)) {
                *text = text.replace(secret, STRUCK_OUT);
            }
        }
        _ => {}
    }
}

fn form(text: &str) -> Json {
    let mut read = Json::Object(Map::new());
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = unescaped(name);
        let path: Vec<&str> = name.split('.').filter(|part| *part != "member").collect();
        if path != ["Action"] && path != ["Version"] {
            put(&mut read, &path, unescaped(value));
        }
    }
    read
}

/// The most that a list is believed to have.
const LONGEST: usize = 1000;

fn put(place: &mut Json, path: &[&str], value: String) {
    let Some((first, rest)) = path.split_first() else {
        *place = value.into();
        return;
    };
    match first.parse() {
        Ok(number @ 1..=LONGEST) => {
            if !place.is_array() {
                *place = Json::Array(vec![]);
            }
            let list = place.as_array_mut().expect("it was made one");
            if list.len() < number {
                list.resize(number, Json::Null);
            }
            put(&mut list[number - 1], rest, value);
        }
        _ => {
            if !place.is_object() {
                *place = Json::Object(Map::new());
            }
            put(&mut place[*first], rest, value);
        }
    }
}

fn unescaped(text: &str) -> String {
    let raw = text.as_bytes();
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let escaped =
            text.get(at + 1..at + 3).filter(|_| raw[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(if raw[at] == b'+' { b' ' } else { raw[at] }));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The content of the outermost element, or of the result in it.
fn xml(text: &str) -> Json {
    // Open elements, with what was read of each.
    let mut open: Vec<(&str, Json)> = vec![];
    for piece in text.split('<').skip(1) {
        let Some((tag, after)) = piece.split_once('>') else { continue };
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if !tag.starts_with('/') {
            let name = tag.split([' ', '\t', '\n', '/']).next().unwrap_or_default();
            let text = if tag.ends_with('/') { "" } else { after };
            open.push((name, plain(text.trim()).into()));
        }
        if tag.starts_with('/') || tag.ends_with('/') {
            let Some((name, value)) = open.pop() else { continue };
            match open.last_mut() {
                Some((_, parent)) => add(parent, name, value),
                None => return result_of(value),
            }
        }
    }
    Json::Null
}

/// `<DescribeTagsResult>` beside `<ResponseMetadata>`: the service's own wrapping.
fn result_of(mut reply: Json) -> Json {
    let mut fields = reply.as_object_mut().into_iter().flatten();
    let result = fields.find(|(name, _)| name.ends_with("Result")).map(|(_, result)| result.take());
    result.unwrap_or(reply)
}

fn add(parent: &mut Json, name: &str, value: Json) {
    if name == "member" || name == "item" {
        if !parent.is_array() {
            *parent = Json::Array(vec![]);
        }
        parent.as_array_mut().expect("it was made one").push(value);
    } else {
        if !parent.is_object() {
            *parent = Json::Object(Map::new());
        }
        parent[name] = value;
    }
}

fn plain(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_protocol_reads_the_same() {
        let form = b"Action=CreateRule&Version=1&Priority=10&Conditions.member.1.HostHeaderConfig.Values.member.1=a.example.com\
            &Conditions.member.1.HostHeaderConfig.Values.member.2=b%2Fc+d%C3%A9";
        assert_eq!(
            parameters("http://aws/", form, None),
            json!({"Priority": "10",
                "Conditions": [{"HostHeaderConfig": {"Values": ["a.example.com", "b/c dé"]}}]})
        );
        let ec2 = b"GroupName=x&TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=";
        assert_eq!(
            parameters("http://aws/", ec2, None),
            json!({"GroupName": "x", "TagSpecification": [{"ResourceType": "security-group", "Tag": [{"Key": "k", "Value": ""}]}]})
        );
        assert_eq!(parameters("http://aws/", br#"{"tags":[{"key":"k"}]}"#, None), json!({"tags": [{"key": "k"}]}));
        let path = "http://aws/2013-04-01/hostedzone?maxitems=100&marker=a%2Fb";
        assert_eq!(parameters(path, b"", None), json!({"maxitems": "100", "marker": "a/b"}));
    }

    #[test]
    fn xml_is_objects_lists_and_texts() {
        let reply = br#"<?xml version="1.0"?>
            <DescribeRulesResponse xmlns="x"><DescribeRulesResult><Rules><member><RuleArn>arn:a</RuleArn><Note>a &amp;lt; b</Note></member>
            <member><RuleArn>arn:b</RuleArn></member></Rules><Empty/><None></None></DescribeRulesResult>
            <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DescribeRulesResponse>"#;
        assert_eq!(
            body(reply, None),
            json!({"Rules": [{"RuleArn": "arn:a", "Note": "a &lt; b"}, {"RuleArn": "arn:b"}], "Empty": "", "None": ""})
        );
        let ec2 = b"<R><groupSet><item><groupId>sg-1</groupId></item></groupSet></R>";
        assert_eq!(body(ec2, None), json!({"groupSet": [{"groupId": "sg-1"}]}));
        assert_eq!(body(b"<R><cut", None), Json::Null);
    }

    #[test]
    fn secrets_are_struck_out_wherever_they_are_said() {
        let asked = br#"{"Name":"/a","Type":"SecureString","Value":"hunter2"}"#;
        let secret = secret(asked);
        assert_eq!(secret.as_deref(), Some("hunter2"));
        let struck_out = json!({"Name": "/a", "Type": "SecureString", "Value": "…"});
        assert_eq!(parameters("", asked, secret.as_deref()), struck_out);
        let refusal = br#"{"__type":"ValidationException","message":"Value 'hunter2' failed"}"#;
        assert!(!body(refusal, secret.as_deref()).to_string().contains("hunter2"));
        let read = br#"{"Parameter":{"Name":"/a","Type":"SecureString","Value":"ENCRYPTED:hunter2"}}"#;
        assert_eq!(body(read, None)["Parameter"]["Value"], "…");
        let role = b"<R><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></R>";
        let read = json!({"AccessKeyId": "A", "SecretAccessKey": "…", "SessionToken": "…"});
        assert_eq!(body(role, None)["Credentials"], read);
        // What is no secret is there to be looked at.
        let plain = br#"{"Name":"/a","Type":"String","Value":"x"}"#;
        assert_eq!(parameters("", plain, super::secret(plain).as_deref())["Value"], "x");
    }
}
