const QUERY = `{
  search(filter: {kinds: ["textbook"]}, first: 5) {
    nodes { title published tier institution { name } source { name } }
    totalCount
    outcomes { source { name } status count }
  }
}
`;
const TEXTS = {
  zh: { other: "English", schema: "下载结构定义", errors: "错误代码", lead: "一个 GraphQL 接口，同时查询国家、省、校三级职业教育资源库。", ask: "查询", run: "运行", who: "各来源的答复", what: "答案", records: "条", time: "毫秒", offline: "无法连接服务器，请检查网络后重试。" },
  en: { other: "中文", schema: "Download the schema", errors: "Error codes", lead: "One GraphQL API over the national, provincial and school libraries of vocational education.", ask: "Query", run: "Run", who: "Who answered", what: "Answer", records: "records", time: "ms", offline: "The server cannot be reached: check the network and try again." },
};
const at = (id) => document.getElementById(id);
let lang = localStorage.getItem("lang") ?? (navigator.language.startsWith("zh") ? "zh" : "en");

function translate() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = TEXTS[lang][each.dataset.text];
  at("lang").textContent = TEXTS[lang].other;
}

function showOutcomes(outcomes) {
  at("outcomes").replaceChildren(...outcomes.map((outcome) => {
    const item = document.createElement("li");
    const status = document.createElement("b");
    status.textContent = outcome.status;
    item.className = outcome.status === "OK" ? "ok" : "";
    item.append(`${outcome.source.name} `, status, ` ${outcome.count ?? 0} ${TEXTS[lang].records}`);
    return item;
  }));
}

async function run() {
  const start = performance.now();
  try {
    const reply = await fetch("graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json", "accept-language": lang, "huiju-csrf": "1" },
      body: JSON.stringify({ query: at("query").value }),
    });
    const answer = await reply.json();
    at("time").textContent = `${Math.round(performance.now() - start)} ${TEXTS[lang].time}`;
    at("answer").textContent = JSON.stringify(answer, null, 2);
    showOutcomes(Object.values(answer.data ?? {}).flatMap((list) => list?.outcomes ?? []));
  } catch {
    at("time").textContent = "";
    at("answer").textContent = TEXTS[lang].offline;
    showOutcomes([]);
  }
}

at("query").value = QUERY;
at("run").addEventListener("click", run);
at("query").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
at("lang").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; localStorage.setItem("lang", lang); translate(); run(); });
translate();
run();
