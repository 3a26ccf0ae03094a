//! What Gantry or AWS says, with its code set as code.

use leptos::prelude::*;

/// A message in which what stands between two backticks is code: "Allow it `iam:PassRole`, then retry." Nothing else in it
/// means anything; whatever it holds is text.
#[component]
pub fn Message(
    /// The message.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    if !text.contains('`') {
        return text.into_any();
    }
    spans(&text)
        .into_iter()
        .map(|span| match span {
            Span::Plain(text) => text.to_owned().into_any(),
            Span::Code(text) => view! { <code class="in-message">{text.to_owned()}</code> }.into_any(),
        })
        .collect_view()
        .into_any()
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// Words.
    Plain(&'a str),
    /// Code, without its backticks.
    Code(&'a str),
}

impl<'a> Span<'a> {
    /// What is read of it.
    pub fn text(&self) -> &'a str {
        match self {
            Self::Plain(text) | Self::Code(text) => text,
        }
    }
}

/// The parts of a message. A backtick without another one, or with nothing before the other one, is a backtick.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = vec![];
    let mut rest = text;
    // As far as the rest has been looked at in vain.
    let mut from = 0;
    while let Some(open) = rest[from..].find('`').map(|at| at + from) {
        match rest[open + 1..].find('`') {
            None => break,
            Some(0) => from = open + 2,
            Some(length) => {
                let close = open + 1 + length;
                if open > 0 {
                    spans.push(Span::Plain(&rest[..open]));
                }
                spans.push(Span::Code(&rest[open + 1..close]));
                (rest, from) = (&rest[close + 1..], 0);
            }
        }
    }
    if !rest.is_empty() {
        spans.push(Span::Plain(rest));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::Span::{Code, Plain};
    use super::*;

    #[test]
    fn what_stands_between_two_backticks_is_code() {
        let advice = "Allow it `iam:PassRole` on `arn:aws:iam::1:role/web`, then retry.";
        let (action, on) = (Code("iam:PassRole"), Code("arn:aws:iam::1:role/web"));
        assert_eq!(spans(advice), [Plain("Allow it "), action, Plain(" on "), on, Plain(", then retry.")]);
        assert_eq!(spans("`ä` und `ö`"), [Code("ä"), Plain(" und "), Code("ö")]);
        assert_eq!(spans("`whole`"), [Code("whole")]);
    }

    #[test]
    fn other_backticks_are_backticks() {
        assert_eq!(spans(""), []);
        for plain in ["no code", "a ` alone", "an empty ``", "``", "`", "``` three"] {
            assert_eq!(spans(plain), [Plain(plain)], "{plain}");
        }
        assert_eq!(spans("`` then `code` and `"), [Plain("`` then "), Code("code"), Plain(" and `")]);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn whatever_it_holds_is_text() {
        let html = |text: &str| Owner::new().with(|| view! { <p><Message text=text/></p> }.to_html());
        let hostile = html("`<script>alert(1)</script>` & <img src=x onerror=alert(1)>");
        assert!(!hostile.contains("<script") && !hostile.contains("<img"), "{hostile}");
        assert!(hostile.contains("<code class=\"in-message\">&lt;script&gt;"), "{hostile}");
        assert_eq!(html("plain"), "<p>plain</p>");
    }
}
