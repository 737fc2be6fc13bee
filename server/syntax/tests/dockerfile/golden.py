"""Writes golden.json: what BuildKit itself says of the cases below.

    python3 golden.py SAYS > golden.json

SAYS is the program of buildkit/main.go, whose head says how it is built.
"""

import json
import sys

from opinions import ask

CASES = {
'continuation': 'FROM a\nRUN x \\\n  # c\n\n  y \\\n\n  z\nUSER u\n',
'continuation-trailing-blanks': 'FROM a\nRUN x \\  \t\n y\n',
'double-escape': 'FROM a\nRUN x\\\\\nRUN y\\\\\\\nRUN z\n',
'escape-alone': 'FROM a\n\\\nRUN x\n',
'escape-alone-blank': 'FROM a\n\\ \n RUN x\n',
'file-ends-in-continuation': 'FROM a\nRUN x \\\n\n# c\n',
'crlf': 'FROM a\r\nRUN x \\\r\n  y\r\nCMD ["a"]\r\n',
'bom': '\ufeffFROM a\nRUN b\n',
'backtick': '# escape=`\nFROM a\nRUN x `\n y\nCOPY c:\\a d:\\\n',
'directives': '# syntax=docker/dockerfile:1\n# escape=\\\n# check=skip=all\nFROM a\n',
'directive-too-late': '# c\n# escape=`\nFROM a\nRUN x \\\n y\n',
'directive-case': '#EsCaPe = `\nFROM a\nRUN x `\n y\n',
'directive-unknown-first': '# foo=bar\n# escape=`\nFROM a\nRUN x `\nRUN y\n',
'heredoc': 'FROM a\nRUN <<EOF\necho $a\nEOF\nRUN b\n',
'heredoc-quoted': 'FROM a\nRUN <<"EOF"\necho $a\nEOF\nRUN <<\'E F\'\nx\nE F\nRUN b\n',
'heredoc-two': 'FROM a\nCOPY <<A <<B /d/\na\nA\nb\nB\nRUN b\n',
'heredoc-chomp': 'FROM a\nRUN <<-EOF\n\techo\n\t\tEOF\nRUN b\n',
'heredoc-in-string': 'FROM a\nRUN echo "<<EOF" \'<<X\'\nRUN b\n',
'heredoc-unclosed-quote': 'FROM a\nRUN echo " <<EOF\nRUN b\n',
'heredoc-unterminated': 'FROM a\nRUN <<EOF\nRUN b\n',
'heredoc-shift': 'FROM a\nRUN echo $((1<<2))\nRUN b\n',
'heredoc-onbuild': 'FROM a\nONBUILD RUN <<EOF\nx\nEOF\nRUN b\n',
'heredoc-exec': 'FROM a\nRUN ["a", "<<EOF"]\nRUN b\n',
'heredoc-fd': 'FROM a\nRUN cat 3<<EOF\nx\nEOF\nRUN b\n',
'heredoc-continued': 'FROM a\nRUN cat <<EOF \\\n && x\na\nEOF\nRUN b\n',
'heredoc-variable': 'FROM a\nRUN <<${X}\na\n${X}\nRUN <<$E\nb\n$E\n',
'heredoc-env': 'FROM a\nENV x=<<EOF\nRUN b\n',
'heredoc-pipe': 'FROM a\nRUN cat <<EOF | sh\nx\nEOF\n',
'heredoc-crlf': 'FROM a\r\nRUN <<EOF\r\nx\r\nEOF\r\nRUN b\r\n',
'exec': 'FROM a\nCMD ["a", "b c", "d\\"e\\u00e9\\ud83d\\ude00"]\nENTRYPOINT [ "x" ]\nSHELL ["/bin/sh","-c"]\nVOLUME ["/a", "/b"]\n',
'exec-trailing': 'FROM a\nCMD ["a"] x\nRUN ["a",]\nRUN [\'a\']\nRUN [a]\nRUN []\n',
'exec-not-strings': 'FROM a\nRUN ["a", 1]\n',
'exec-lone-surrogate': 'FROM a\nCMD ["\\ud800x"]\n',
'shell-brackets': 'FROM a\nRUN [ -f x ] && y\nRUN [[ a ]]\n',
'flags': 'FROM --platform=linux/amd64 a AS b\nCOPY --from=b --chown=1:2 --link x y\nRUN --mount=type=cache,target=/x --network=none z\nADD --checksum=sha256:a u v\n',
'flags-quoted': 'FROM a\nRUN --mount="type=a b" x\nCOPY --from=\'x y\' a b\nRUN --mount=a\\ b x\n',
'flags-dashes': 'FROM a\nRUN -- x\nRUN --\nRUN --x\nRUN -x --y\n',
'flags-continued': 'FROM a\nCOPY --from=b \\\n  --chown=c \\\n x y\n',
'env': 'FROM a\nENV A=b C="d e" F=\'g h\' I=j\\ k\nENV L m n o\nENV P=\nENV Q="a\\"b"\nENV a.b.c $Y\n',
'env-one': 'FROM a\nENV A\n',
'env-mixed': 'FROM a\nENV A=b C\n',
'label': 'FROM a\nLABEL a=b "c d"="e f"\nLABEL maintainer A B <c>\nLABEL x.y=z\n',
'arg': 'ARG A=b\nARG C\nFROM a\nARG D="e f" G=h\nARG i\n',
'onbuild': 'FROM a\nONBUILD RUN x\nONBUILD COPY --from=a b c\nONBUILD ENV A=b\nONBUILD\n',
'healthcheck': 'FROM a\nHEALTHCHECK --interval=5s CMD curl x\nHEALTHCHECK NONE\nHEALTHCHECK CMD ["a","b"]\nHEALTHCHECK  CMD   x  y\n',
'expose': 'FROM a\nEXPOSE 80 443/tcp   8080\n',
'from': 'FROM a\nFROM a:b@sha256:c AS x\nFROM ${X:-y}\nFROM scratch\nfrom A as B\n',
'lower-case': 'from a\nrun b\nCopy c d\n',
'indented': '  FROM a\n\tRUN b\n   # c\n  USER x\n',
'tabs': 'FROM\ta\nRUN\t\tb\tc\n',
'vt-ff': 'FROM\x0ba\nRUN\x0cb\n',
'nbsp-line': '\u00a0FROM a\nRUN\u00a0b\n',
'unicode-flag': 'FROM a\nRUN --mount=\u00e9\u00a0x y\n',
'comment-not': 'FROM a\nRUN x # not a comment\nUSER a # nor this\n',
'copy-comment': 'FROM a\nCOPY a b # c\n',
'user': 'FROM a\nUSER  a b \nWORKDIR /x y\nSTOPSIGNAL SIGTERM\nMAINTAINER me <x>\n',
'placeholder': 'FROM mcr/x:{{latest-image-tag:a\\.\\d{6}\\.v}}\nRUN pip install a=={{latest-pypi-version}}\n',
'no-final-newline': 'FROM a\nRUN b',
'blank-lines': '\n\nFROM a\n\n\n# c\n\nRUN b\n\n',
'substitution': 'FROM a\nENV A=${B##c} D=${E%%-*} F=${G/h/i} J=${K:+l}\nRUN echo ${x:-<<EOF}\n',
'cr-inside': 'FROM a\nRUN x\ry\nRUN b\r\r\n',
'keyword-continued': 'FROM a\nRU\\\nN x\nRUN\\\n y\n',
'unknown': 'FROM a\nRNU x\nFOO --a b\n',
'comment-continued': 'FROM a\n# c \\\nRUN b\n',
'empty': '',
'only-comments': '# a\n# b\n',
'quote-escape': 'FROM a\nENV A="b\\\\" C=d\nENV E=\'f\\\' G=h\nENV I=\\"j\n',
'volume-words': 'FROM a\nVOLUME /a /b\nVOLUME ["/a"]\n',
}


def answer(found):
    """The instructions, None where the parser refuses; and whether anything refuses."""
    instructions = found["instructions"]
    return {"instructions": instructions, "refused": instructions is None or "refused" in found}


def main(says):
    answers = ask([says], [{"dockerfile": text} for text in CASES.values()])
    print(json.dumps(
        [{"name": name, "text": text, **answer(found)} for (name, text), found in zip(CASES.items(), answers)],
        indent=1, ensure_ascii=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
