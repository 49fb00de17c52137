//! Types that show themselves.

use tunebook::engine::{Event, MimeBundle, StreamName};

use super::super::session::{Ran, Session};

fn result(ran: &Ran) -> MimeBundle {
    let result = ran.events.iter().find_map(|event| match event {
        Event::Result { data, .. } => Some(data.clone()),
        _ => None,
    });
    result.unwrap_or_else(|| panic!("no result: {ran:?}"))
}

/// README, Custom output, with this example: a method `evcxr_display` prints blocks with their MIME types.
#[test]
fn a_type_shows_itself_by_what_it_prints() {
    let mut session = Session::new();
    session.run(
        "use std::fmt::Debug;\n\
         pub struct Matrix<T> {pub values: Vec<T>, pub row_size: usize}\n\
         impl<T: Debug> Matrix<T> {\n    pub fn evcxr_display(&self) {\n        \
         let mut html = String::from(\"<table>\");\n        \
         for r in 0..(self.values.len() / self.row_size) {\n            html.push_str(\"<tr>\");\n            \
         for c in 0..self.row_size { html.push_str(&format!(\"<td>{:?}</td>\", self.values[r * self.row_size + c])); }\n            \
         html.push_str(\"</tr>\");\n        }\n        html.push_str(\"</table>\");\n        \
         println!(\"beside\");\n        \
         println!(\"EVCXR_BEGIN_CONTENT text/html\\n{}\\nEVCXR_END_CONTENT\", html);\n    }\n}",
    );
    let ran = session.run("let m = Matrix {values: vec![1,2,3,4], row_size: 2};\nm");
    let table = "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>";
    assert_eq!(result(&ran)["text/html"], table);
    assert_eq!(ran.stream(StreamName::Stdout), "beside\n");
    // Also as the value of an expression that may fail, and in a later cell; other values are shown as ever.
    assert_eq!(result(&session.run("Ok::<_, String>(m)"))["text/html"], table);
    session.value("let evcxr_display = 3; evcxr_display", "3");
}

/// README, 3rd party integrations, and `evcxr_runtime`: the method may be that of a trait.
#[test]
fn a_trait_may_bring_the_way_of_showing() {
    let mut session = Session::new();
    session.run(
        "trait ImageDisplay { fn evcxr_display(&self); }\n\
         struct Image;\nimpl ImageDisplay for Image {\n    \
         fn evcxr_display(&self) { println!(\"EVCXR_BEGIN_CONTENT image/png\\niVBORw0K\\nEVCXR_END_CONTENT\\nEVCXR_BEGIN_CONTENT text/plain\\nan image\\nEVCXR_END_CONTENT\"); }\n}",
    );
    let data = result(&session.run("Image"));
    assert_eq!((&data["image/png"], &data["text/plain"]), (&"iVBORw0K".into(), &"an image".into()));
    // A panic in it loses neither the output nor the variables.
    session.run(
        "struct Bad; impl ImageDisplay for Bad { fn evcxr_display(&self) { panic!(\"no image\") } }\nlet kept = 1;",
    );
    assert_eq!(session.fail("Bad").evalue, "no image");
    session.prints("println!(\"{kept}\")", "1\n");
}
