"""Writes golden.json: what BuildKit itself says of the cases below.

    python3 golden.py SAYS > golden.json

SAYS answers for BuildKit; opinions.py says how.
"""

import json
import random
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
'heredoc-blank': 'FROM a\nRUN << EOF\nx\nEOF\nRUN <<\t-A b\nRUN <<- B\nCOPY <<-C  d /e\nf\n\tC\n',
'heredoc-blank-quoted': 'FROM a\nRUN << "E F"\n$x\nE F\nUSER b\n',
'heredoc-escaped': 'FROM a\nRUN <<E\\F\n$x\nEF\nRUN <<"A\\"B"\nx\nA"B\nRUN <<\'\'\n\nUSER b\n',
'heredoc-refused': 'FROM a\nRUN echo <<${x:y\nUSER b\n',
'heredoc-modifiers': 'FROM a\nRUN echo ${x:=1} <<A ${y/b/c} ${z##*/}\nA\nUSER b\n',
'heredoc-backslash-under-backtick': '# escape=`\nFROM a\nRUN echo \\" <<A "`\nA\nUSER b\n',
'heredoc-after-comment': 'FROM a\nRUN x \\\n# <<A\n  <<B\nb\nB\nUSER c\n',
'heredoc-destination': 'FROM a\nCOPY a <<B\nB\n',
'heredoc-add-json': 'FROM a\nADD ["<<A", "b"]\nUSER c\n',
'heredoc-no-newline': 'FROM a\nRUN <<A\nb\nA',
'heredoc-cr-terminator': 'FROM a\nRUN <<A\nb\nA\r\r\nUSER c\n',
'heredoc-same-name': 'FROM a\nCOPY <<A <<A /d\n1\nA\n2\nA\nUSER b\n',
'heredoc-large-descriptor': 'FROM a\nRUN 99999999999999999999999<<EOF\nx\nEOF\nRUN b\n',
'heredoc-byte-order-mark': 'FROM a\nRUN <<\ufeffA\nA\nRUN b\n',
'heredoc-lost-word': 'FROM a\nRUN <<${x:-A}\nRUN <<"E${x:-A}"\nRUN 3<<\\${x:-A}\n${x:-A}\nRUN b\n',
'heredoc-lost-slash': 'FROM a\nRUN ${x:- <<\\${y//a/b\\}}\n${y/a/b}}\nRUN b\n',
'heredoc-open-quote': 'FROM a\nRUN <<A ${x:- <<\\"B}\nA\nRUN b\n',
'healthcheck-no-break-space': 'FROM a\nHEALTHCHECK CMD\u00a0["a"]\n',
'heredoc-nested-onbuild': 'FROM a\nONBUILD ONBUILD RUN <<A\nA\n',
'syntax': '# syntax=docker/dockerfile:1.4-labs\nFROM a\n',
'syntax-blanks': '#   SynTax \t=  a b  \nFROM a\n',
'syntax-twice': '# syntax=a\n# syntax=b\nFROM a\n',
'syntax-no-value': '# syntax=\n# escape=`\nFROM a\nRUN b`\n c\n',
'syntax-blank-value': '# escape= \nFROM a\n',
'check': '# check=skip=all;error=true\n# escape=`\nFROM a\nRUN b`\n c\n',
'escape-wrong': '# escape=x\nFROM a\n',
'escape-empty': '# escape=\nFROM a\nRUN b \\\n c\n',
'escape-after-blank-line': '\n# escape=`\nFROM a\nRUN b `\nRUN c\n',
'escape-after-directive-unknown': '# syntax=x\n# foo=bar\n# escape=`\nFROM a\nRUN b `\nRUN c\n',
'escape-indented': '  # escape=`\nFROM a\nRUN b `\n c\n',
'escape-nbsp': '#\u00a0escape=`\nFROM a\nRUN b `\n c\n',
'escape-in-flags': '# escape=`\nFROM a\nCOPY --from=a`b c d\nCOPY --chown="e`"f" c d\nENV A=`"b` c D=\\\n',
'escape-bom': '\ufeff# escape=`\nFROM a\nRUN b `\n c\n',
'escape-trailing-tab': 'FROM a\nRUN b \\\t \n c\n',
'escape-trailing-other-blank': 'FROM a\nRUN b \\\u00a0\nUSER c\nRUN d \\\x0b\nUSER e\n',
'escape-in-comment-between': 'FROM a\nRUN b \\\n# c \\\n d\n',
'escape-at-end-of-file': 'FROM a\nRUN b \\',
'escape-only-file': '\\',
'escape-before-blank-end': 'FROM a\nRUN b \\\n\n\n',
'cr-only': 'FROM a\rRUN b\r',
'cr-continuation': 'FROM a\nRUN b \\\r\n  c\\\r\r\n  d\nRUN e \\\r f\n',
'crlf-mixed': 'FROM a\r\nRUN b \\\n c\r\n\r\n# d\r\nENV E=f \\\r\n  G=h\n',
'bom-alone': '\ufeff',
'bom-second-line': 'FROM a\n\ufeffRUN b\n',
'bom-continued': 'FROM a\nRUN b \\\n\ufeff c\n',
'nul': 'FROM a\nRUN b\x00c\nENV A=\x00 B=\x00c\nCMD ["\x00"]\n',
'blank-file': ' \n\t\n\n',
'newline-only': '\n',
'exec-blanks': 'FROM a\nRUN   [ "b" ,\t"c" ]  \nRUN\t["d"]\nCMD [\n',
'exec-continued': 'FROM a\nRUN ["b", \\\n # c\n "d"]\n',
'exec-nested': 'FROM a\nRUN [["b"]]\n',
'exec-object': 'FROM a\nRUN [{"a": "b"}]\n',
'exec-null': 'FROM a\nCMD [null]\n',
'exec-control': 'FROM a\nCMD ["a\tb"]\nCMD ["a\\tb\\/\\b"]\nCMD ["\\x"]\nCMD ["\\u12"]\n',
'exec-copy-fall-back': 'FROM a\nCOPY ["a" "b"]\nCOPY ["a b", "c"] d\nVOLUME [a\nADD ["a", "b",]\n',
'exec-health': 'FROM a\nHEALTHCHECK CMD ["a"] b\nHEALTHCHECK --retries=3 --timeout=1m30s CMD [ "c" ]\n',
'exec-entrypoint-empty': 'FROM a\nENTRYPOINT []\nCMD\nRUN\n',
'shell-empty': 'FROM a\nSHELL []\n',
'dotted': 'FROM a\nENV a.b=c d-e=f g/h=i\nLABEL com.example.a="b" c.d e f\nARG j.k=l\n',
'env-blank-name': 'FROM a\nENV =b\n',
'env-quoted-name': 'FROM a\nENV "A B"=c \'D\'=e F\\ G=h\n',
'env-legacy-quoted': 'FROM a\nENV A "b  c" d=e\nENV F\tg\n',
'env-legacy-equals': 'FROM a\nENV A =b\nENV C D=e\n',
'env-unclosed': 'FROM a\nENV A="b C=d\nENV E=\'f\\\n',
'arg-blank-name': 'ARG =a\nFROM a\n',
'arg-flag': 'ARG --x A\nFROM a\n',
'flag-twice': 'FROM a\nCOPY --from=b --from=c d e\n',
'flag-repeated': 'FROM a\nCOPY --exclude=b --exclude=c d e\nRUN --mount=type=ssh --mount=type=tmpfs,target=/t x\n',
'flag-no-value': 'FROM a\nCOPY --from b c\n',
'flag-truth': 'FROM a\nCOPY --link=TRUE --parents=false b c\nADD --keep-git-dir b c\n',
'flag-truth-wrong': 'FROM a\nCOPY --link=yes b c\n',
'flag-unknown': 'FROM a\nWORKDIR --x /y\n',
'flag-network': 'FROM a\nRUN --network=fast x\n',
'flag-interval': 'FROM a\nHEALTHCHECK --interval=5 CMD x\n',
'flag-retries': 'FROM a\nHEALTHCHECK --retries=-1 CMD x\n',
'health-none-flag': 'FROM a\nHEALTHCHECK --x NONE\n',
'health-unknown': 'FROM a\nHEALTHCHECK curl x\n',
'stage-names': 'FROM a AS b-c_d.1\nFROM a as E\n',
'stage-name-wrong': 'FROM a AS 1\n',
'from-two': 'FROM a b\n',
'from-none': 'FROM\n',
'no-stage': 'RUN x\n',
'no-stage-behind-arg': 'ARG A\nENV B=c\nFROM a\n',
'copy-one': 'FROM a\nCOPY b\n',
'onbuild-onbuild': 'FROM a\nONBUILD ONBUILD RUN x\n',
'onbuild-from': 'FROM a\nONBUILD FROM b\n',
'onbuild-exec': 'FROM a\nONBUILD CMD ["a", "b"]\nonbuild  copy --from=x  y z\n',
'volume-blank': 'FROM a\nVOLUME [""]\n',
'keyword-only': 'FROM a\nUSER\n',
'line-separator': 'FROM a\nRUN b\u2028c\u0085d\n',
}


def answer(found):
    """The instructions, None where the parser refuses; and whether anything refuses."""
    instructions = found["instructions"]
    for instruction in instructions or []:
        del instruction["text"]
    return {"instructions": instructions, "refused": instructions is None or "refused" in found}


def main(says):
    # Texts that nobody wrote, always the same ones.
    from mutations import mutate

    chance, seeds = random.Random(20), list(CASES.values())
    texts = dict(CASES)
    while len(texts) < len(CASES) + 300:
        text = mutate(chance, seeds)
        if len(text) < 120:
            texts[f"mutation-{len(texts) - len(CASES)}"] = text
    answers = ask([says], [{"dockerfile": text} for text in texts.values()])
    cases = [
        {"name": name, "text": text, **answer(found)}
        for (name, text), found in zip(texts.items(), answers)
        if "panic" not in found
    ]
    print("[" + ",\n".join(json.dumps(case) for case in cases) + "]")


if __name__ == "__main__":
    main(*sys.argv[1:])
