// Verifying a key with better-auth's API-key plugin on SQLite, behind Node's own HTTP server.
// `node better_auth.mjs seed` migrates and prints a new key; `node better_auth.mjs PORT` serves.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// This file lies in the repository, the packages in a cache directory.
const require = createRequire(`${process.cwd()}/package.json`);
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);

const { betterAuth } = await load("better-auth");
const { getMigrations } = await load("better-auth/db/migration");
const { apiKey } = await load("@better-auth/api-key");
const Database = require("better-sqlite3");

const database = new Database(process.env.PEER_DATABASE);

const auth = betterAuth({
  database,
  secret: "a secret of the benchmark, and of nothing else",
  baseURL: "http://127.0.0.1",
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  logger: { level: "error" },
  // Its rate limit allows ten requests a day unless told otherwise.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});

if (process.argv[2] === "seed") {
  await (await getMigrations(auth.options)).runMigrations();
  const { user } = await auth.api.signUpEmail({
    body: { email: "bench@benchmark.example", password: "correct horse battery staple", name: "Benchmark" },
  });
  const created = await auth.api.createApiKey({ body: { userId: user.id, name: "benchmark" } });
  console.log(created.key);
} else {
  createServer(async (request, response) => {
    const key = (request.headers.authorization ?? "").replace("Bearer ", "");
    const { valid } = await auth.api.verifyApiKey({ body: { key } });
    response.writeHead(valid ? 204 : 401).end();
  }).listen(Number(process.argv[2]), "127.0.0.1");
}
