// serve.mjs AZURITE: runs Azurite's blob service on a free port of this machine until standard input
// ends. Each line of input is the name of a container, which is made; the answer is a line with a
// signature for it. The first line of output is the port. Signatures are made here with Node's own
// cryptography, so that they are a second opinion on those of amlenv.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { request } from "node:http";

const account = "devstoreaccount1";
// Known to everybody: the key of every Azurite.
const key = Buffer.from(
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  "base64",
);
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const main = `${process.argv[2]}/node_modules/azurite/dist/src/blob/main.js`;
const options = ["--silent", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"];
const azurite = spawn(
  process.execPath,
  [main, ...options, "--blobHost", "127.0.0.1", "--blobPort", String(port)],
  { stdio: ["ignore", "ignore", "inherit"] },
);
const end = () => {
  azurite.kill();
  process.exit(0);
};
azurite.on("exit", () => process.exit(1));

const sign = (text) => createHmac("sha256", key).update(text, "utf8").digest("base64");

function put(path) {
  const date = new Date().toUTCString();
  const headers = `x-ms-date:${date}\nx-ms-version:2021-12-02\n`;
  const canonical = `PUT\n\n\n\n\n\n\n\n\n\n\n\n${headers}/${account}/${account}${path}\nrestype:container`;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        method: "PUT",
        path: `/${account}${path}?restype=container`,
        headers: {
          "x-ms-date": date,
          "x-ms-version": "2021-12-02",
          "content-length": 0,
          authorization: `SharedKey ${account}:${sign(canonical)}`,
        },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode));
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

function signature(container) {
  const version = "2021-12-02";
  const expiry = "2099-01-01T00:00:00Z";
  const fields = ["racwl", "", expiry, `/blob/${account}/${container}`, "", "", "", version, "c"];
  const sig = sign([...fields, "", "", "", "", "", "", ""].join("\n"));
  return new URLSearchParams({ sv: version, sr: "c", sp: "racwl", se: expiry, sig }).toString();
}

// It is there when it answers.
for (;;) {
  try {
    await put("/ready");
    break;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
console.log(port);
const lines = createInterface({ input: process.stdin });
lines.on("line", async (container) => {
  const status = await put(`/${container}`);
  console.log(status === 201 ? signature(container) : `error ${status}`);
});
lines.on("close", end);
