// For Express: node express_app.mjs FOLDER_OF_ITS_PACKAGE PORT [TRUSTED]
import { createRequire } from "node:module";

const [folder, port, trusted] = process.argv.slice(2);
const app = createRequire(`${folder}/`)("express")();
if (trusted) app.set("trust proxy", trusted);
app.use((request, response) => response.json({ client: request.ip, scheme: request.protocol, host: request.host ?? null }));
app.listen(Number(port), "127.0.0.1");
