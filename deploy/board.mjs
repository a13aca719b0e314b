// bull-board for the queue of a fleet: read-only, and on this machine only. README.md says what it needs.
//
//   EIGENSCOPE_QUEUE=redis://127.0.0.1:6379 node deploy/board.mjs [port]
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { Queue } from "bullmq";
import express from "express";
import { Redis } from "ioredis";

const [port = "3010"] = process.argv.slice(2);
const address = process.env.EIGENSCOPE_QUEUE;
if (!address) {
  console.error("board: the variable EIGENSCOPE_QUEUE has no address, such as redis://127.0.0.1:6379");
  process.exit(2);
}

const connection = new Redis(address, { maxRetriesPerRequest: null });
connection.on("error", ({ message }) => console.error(`board: ${message}`));
const queue = new Queue("eigenscope", { connection });
const serverAdapter = new ExpressAdapter();
// A message has references, no weights; read-only mode has no buttons, and its server refuses what they would do.
createBullBoard({ queues: [new BullMQAdapter(queue, { readOnlyMode: true })], serverAdapter });

const app = express();
// A page of another site must not reach it by a name that leads here.
app.use((request, response, next) => {
  if (/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(request.headers.host ?? "")) next();
  else response.status(403).end();
});
app.use(serverAdapter.getRouter());
const server = app.listen(Number(port), "127.0.0.1", () => {
  console.log(`board: http://127.0.0.1:${server.address().port}/`);
});

for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await queue.close();
    connection.disconnect();
  });
