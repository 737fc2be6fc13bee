// serve.mjs TEXT: answers every request with TEXT, over TLS with a certificate of a company's own
// authority, until standard input ends. The first line of output is the port.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const file = (name) => readFileSync(new URL(name, import.meta.url));
const server = createServer({ key: file("server.key"), cert: file("server.pem") }, (_, answer) => {
  answer.setHeader("content-type", "application/json");
  answer.end(process.argv[2]);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
