// The grammar of Dockerfiles for editors. It only sets brackets: every token comes from
// src/scanner.c, which reads logical lines as BuildKit does, and which alone decides what comes next.
//
// Two rules keep it total, so that no text ever gives an ERROR or MISSING node:
// - the body of a rule is a plain repetition of all that the scanner may send there;
// - what the scanner opens it also closes, with a token of no width where the text has none.
//
// `externals` stands in the order of `enum Token` in src/scanner.c.

const KEYWORDS = [
  'ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL', 'MAINTAINER',
  'ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR',
];

const keyword_token = (name) => `_${name.toLowerCase()}`;

// An instruction: its keyword, and in any order what may follow.
const instruction = ($, name, ...content) => seq(
  $._begin,
  alias($[keyword_token(name)], name),
  repeat(choice($.param, $.mount_param, $.end_of_options, ...content)),
  $._end,
);

// A stretch of text with what is put in when the image is built.
const pieces = ($) => choice($._text, $.expansion, $.template);

module.exports = grammar({
  name: 'dockerfile',

  externals: ($) => [
    $._begin, $._end,
    ...KEYWORDS.map((name) => $[keyword_token(name)]),
    $._cross_build, $.unknown_keyword, $._no_keyword,
    $._directive_begin, $._directive_mark, $.directive_name, $.directive_value, $._directive_end,
    $._dashes, $._mount_dashes, $.end_of_options, $.param_name,
    $._equals, $._mount_equals, $._comma, $._colon, $._at,
    $._image_begin, $._alias_begin, $._word_begin, $._word_end, $._as,
    $._text, $._key, $._quoted_key, $.escape_sequence, $.template,
    $._dollar, $._open_brace, $._close_brace, $.variable, $.expansion_modifier, $._expansion_end,
    $._open_double, $._close_double, $._open_single, $._close_single, $._string_end,
    $._open_bracket, $._close_bracket, $._open_json, $._close_json, $._array_end,
    $._none, $._check_command, $.healthcheck_type,
    $.heredoc_marker, $.heredoc_line, $._heredoc_newline, $.heredoc_end,
    $.comment, $.line_continuation, $._line_break, $._trailing,
  ],

  extras: ($) => [$.comment, $.line_continuation, $._line_break, $._trailing],

  rules: {
    source_file: ($) => repeat(choice($.directive, $._instruction)),

    directive: ($) => seq(
      $._directive_begin,
      alias($._directive_mark, '#'),
      field('name', $.directive_name),
      alias($._equals, '='),
      optional(field('value', $.directive_value)),
      $._directive_end,
    ),

    _instruction: ($) => choice(
      $.add_instruction, $.arg_instruction, $.cmd_instruction, $.copy_instruction, $.entrypoint_instruction,
      $.env_instruction, $.expose_instruction, $.from_instruction, $.healthcheck_instruction,
      $.label_instruction, $.maintainer_instruction, $.onbuild_instruction, $.run_instruction,
      $.shell_instruction, $.stopsignal_instruction, $.user_instruction, $.volume_instruction,
      $.workdir_instruction, $.unknown_instruction,
    ),

    add_instruction: ($) => instruction($, 'ADD', $.path, $.json_string_array, $._heredoc),
    arg_instruction: ($) => instruction($, 'ARG',
      field('name', $._name), alias($._equals, '='), field('default', $._value)),
    cmd_instruction: ($) => instruction($, 'CMD', $._command),
    copy_instruction: ($) => instruction($, 'COPY', $.path, $.json_string_array, $._heredoc),
    entrypoint_instruction: ($) => instruction($, 'ENTRYPOINT', $._command),
    env_instruction: ($) => instruction($, 'ENV', $.env_pair),
    expose_instruction: ($) => instruction($, 'EXPOSE', $.expose_port),
    from_instruction: ($) => instruction($, 'FROM',
      $.image_spec, alias($._as, 'AS'), field('as', $.image_alias), alias($.word, $.unquoted_string)),
    healthcheck_instruction: ($) => instruction($, 'HEALTHCHECK',
      alias($._none, 'NONE'), alias($._check_command, 'CMD'), $.healthcheck_type, $._command),
    label_instruction: ($) => instruction($, 'LABEL', $.label_pair),
    maintainer_instruction: ($) => instruction($, 'MAINTAINER', $.unquoted_string),
    onbuild_instruction: ($) => instruction($, 'ONBUILD', $._instruction, $.unquoted_string),
    run_instruction: ($) => instruction($, 'RUN', $._command, $._heredoc),
    shell_instruction: ($) => instruction($, 'SHELL', $._command),
    stopsignal_instruction: ($) => instruction($, 'STOPSIGNAL', $.unquoted_string),
    user_instruction: ($) => instruction($, 'USER', field('user', $.unquoted_string), $._group),
    _group: ($) => prec.right(seq(alias($._colon, ':'), optional(field('group', $.unquoted_string)))),
    volume_instruction: ($) => instruction($, 'VOLUME', $.path, $.json_string_array),
    workdir_instruction: ($) => instruction($, 'WORKDIR', alias($.unquoted_string, $.path)),

    // Editors' own queries name CROSS_BUILD. BuildKit does not know it.
    unknown_instruction: ($) => seq(
      $._begin,
      choice($.unknown_keyword, alias($._cross_build, 'CROSS_BUILD'), $._no_keyword),
      repeat(choice($.param, $.mount_param, $.end_of_options, $.unquoted_string)),
      $._end,
    ),

    // Flags.
    param: ($) => seq(
      alias($._dashes, '--'),
      repeat(choice(field('name', $.param_name), alias($._equals, '='), field('value', $.param_value))),
      $._word_end,
    ),
    param_value: ($) => prec.right(repeat1(pieces($))),
    mount_param: ($) => seq(
      alias($._mount_dashes, '--'),
      repeat(choice(
        field('name', $.param_name), alias($._equals, '='), field('value', $.mount_param_param),
        alias($._comma, ','),
      )),
      $._word_end,
    ),
    mount_param_param: ($) => prec.right(repeat1(choice($._key, alias($._mount_equals, '='), pieces($)))),

    // FROM.
    image_spec: ($) => seq(
      $._image_begin,
      repeat(choice(field('name', $.image_name), field('tag', $.image_tag), field('digest', $.image_digest))),
      $._word_end,
    ),
    image_name: ($) => prec.right(repeat1(pieces($))),
    image_tag: ($) => prec.right(seq(alias($._colon, ':'), repeat(pieces($)))),
    image_digest: ($) => prec.right(seq(alias($._at, '@'), repeat(pieces($)))),
    image_alias: ($) => seq($._alias_begin, repeat(pieces($)), $._word_end),
    word: ($) => seq($._word_begin, repeat(pieces($)), $._word_end),

    // Words between blanks.
    path: ($) => seq(repeat1(choice(pieces($), $.heredoc_marker)), $._word_end),
    expose_port: ($) => seq(repeat1(pieces($)), $._word_end),

    // Keys and values.
    env_pair: ($) => seq(
      repeat1(choice(field('name', $._name), alias($._equals, '='), field('value', $._value))),
      $._word_end,
    ),
    label_pair: ($) => seq(
      repeat1(choice(field('key', $._name), alias($._equals, '='), field('value', $._value))),
      $._word_end,
    ),
    _name: ($) => choice(alias($._key, $.unquoted_string), alias($._quoted_key, $.double_quoted_string)),
    _value: ($) => choice($.double_quoted_string, $.single_quoted_string, $.unquoted_string),
    double_quoted_string: ($) => seq(
      alias($._open_double, '"'),
      repeat(choice(pieces($), $.escape_sequence)),
      choice(alias($._close_double, '"'), $._string_end),
    ),
    single_quoted_string: ($) => seq(
      alias($._open_single, '\''),
      repeat(choice(pieces($), $.escape_sequence)),
      choice(alias($._close_single, '\''), $._string_end),
    ),
    unquoted_string: ($) => prec.right(repeat1(choice(pieces($), $.escape_sequence))),

    // What is put in.
    expansion: ($) => choice(
      seq(alias($._dollar, '$'), $.variable),
      seq(
        alias($._dollar, '$'),
        alias($._open_brace, '{'),
        repeat(choice($.variable, $.expansion_modifier)),
        choice(alias($._close_brace, '}'), $._expansion_end),
      ),
    ),

    // Commands.
    _command: ($) => choice($.json_string_array, $.shell_command),
    shell_command: ($) => $.shell_fragment,
    // One node for the whole command line, so that an injected shell reads it as the shell does.
    shell_fragment: ($) => prec.right(repeat1(choice($._text, $.template, $.heredoc_marker))),
    json_string_array: ($) => seq(
      alias($._open_bracket, '['),
      repeat(choice($.json_string, alias($._comma, ','), $._text)),
      choice(alias($._close_bracket, ']'), $._array_end),
    ),
    json_string: ($) => seq(
      alias($._open_json, '"'),
      repeat(choice($._text, $.escape_sequence, $.template)),
      choice(alias($._close_json, '"'), $._string_end),
    ),

    // The body of a heredoc, and the line that ends it, beside each other: the body can be injected whole.
    _heredoc: ($) => choice($.heredoc_block, $.heredoc_end),
    heredoc_block: ($) => prec.right(repeat1(choice($.heredoc_line, alias($._heredoc_newline, '\n')))),
  },
});
