//! What the image of an environment of SDK v1 comes from, where several things are said of it. The
//! facts are the model's; what is wrong about them is a rule's business.

use crate::model::{Assignment, Environment, Field, Initial, Notation, Value};

/// The pairs of assignments of which the first is certainly lost to the second.
pub(crate) fn lost(environment: &Environment) -> Vec<(&Assignment, &Assignment)> {
    let sources: Vec<&Assignment> =
        environment.assignments.iter().filter(|assignment| assignment.field.is_image_source()).collect();
    let mut out = Vec::new();
    for (at, first) in sources.iter().enumerate() {
        if !first.value.is_set() {
            continue;
        }
        for later in sources.iter().skip(at + 1) {
            if !first.compatible(later) {
                continue;
            }
            if later.field == first.field {
                // Set again or cleared on purpose: whatever comes now, nothing is lost by accident.
                break;
            }
            if later.value.is_set() && first.always_followed_by(later) {
                out.push((*first, *later));
                break;
            }
        }
    }
    out
}

/// Whether the default image of the SDK is what certainly remains. Whoever else gets hold of the
/// environment may set one.
pub(crate) fn relies_on_default(environment: &Environment) -> bool {
    let sources = [Field::Image, Field::Dockerfile, Field::Build];
    let docker = Field::Other("docker".to_owned());
    // On a machine of the user's own, with packages of its own, there may be no image at all.
    let own =
        environment.last(&Field::UserManaged).is_some_and(|said| !matches!(said.value, Value::Bool(false)));
    !own && environment.notation == Notation::PythonV1
        && environment.initial == Initial::V1Defaults
        && environment.has(&Field::Name)
        && !sources.iter().any(|field| environment.has(field))
        && !environment.has(&docker)
        && !environment.uses.is_empty()
        && environment.uses.iter().all(|used| !used.what.is_empty())
}
