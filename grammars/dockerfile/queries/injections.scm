((comment) @injection.content
  (#set! injection.language "comment"))

; What the shell gets: the command line without continuations, comments and heredoc markers. Each
; command line by itself, so not combined: an open quote in one must not reach the next.
((shell_fragment) @injection.content
  (#set! injection.language "bash"))

(run_instruction
  (heredoc_block) @injection.content
  (#set! injection.language "bash")
  (#set! injection.include-children))

((json_string_array) @injection.content
  (#set! injection.language "json")
  (#set! injection.include-children))
