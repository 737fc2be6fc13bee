; Names as tree-sitter's own list has them; editors map or override them.

[
  "ADD" "ARG" "AS" "CMD" "COPY" "CROSS_BUILD" "ENTRYPOINT" "ENV" "EXPOSE" "FROM" "HEALTHCHECK" "LABEL"
  "MAINTAINER" "NONE" "ONBUILD" "RUN" "SHELL" "STOPSIGNAL" "USER" "VOLUME" "WORKDIR"
] @keyword

(comment) @comment

(directive "#" @keyword.directive)
(directive name: (directive_name) @keyword.directive)
(directive value: (directive_value) @string.special)

(param "--" @operator)
(mount_param "--" @operator)
(param_name) @attribute
(param_value) @string.special
(mount_param_param) @string.special
(end_of_options) @operator

["=" ":" "@"] @operator
["," ] @punctuation.delimiter
["[" "]"] @punctuation.bracket

(image_name) @module
(image_tag ":" @punctuation.special)
(image_tag) @constant
(image_digest "@" @punctuation.special)
(image_digest) @constant
(image_alias) @label

(expose_port) @number
(path) @string.special.path

(arg_instruction name: (_) @property)
(env_pair name: (_) @property)
(label_pair key: (_) @property)

[(double_quoted_string) (single_quoted_string) (json_string)] @string
(escape_sequence) @string.escape

(expansion ["$" "{" "}"] @punctuation.special)
(variable) @variable
(expansion_modifier) @operator
(template) @embedded

(heredoc_line) @string
[(heredoc_marker) (heredoc_end)] @label

(line_continuation) @punctuation.special
