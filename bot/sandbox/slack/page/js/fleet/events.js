// Play with many at once: a region, a cluster, a burst of changes, and everything well again.

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { Choice, Task, number, wholeNumber } from "./task.js";

const servers = (count) => (count === 1 ? "1 server" : `${count} servers`);

export class RegionTask extends Task {
  constructor(api, changed) {
    super({ title: "A region", sign: "globe", name: "region" });
    this.choice = new Choice({ label: "Region", testId: "fleet-region-choice" });
    const turn = (up) => async () => {
      const region = this.choice.value;
      const { changed: count } = await api.fleet("region", { region, up });
      changed();
      if (up) return count ? `${region} is up again: ${servers(count)} recovered.` : `${region} was not down.`;
      return count ? `${region} is down: ${servers(count)} unreachable.` : `Nothing ran in ${region}.`;
    };
    this.body.append(
      this.choice.select,
      el(
        "div",
        { class: "task-line is-even" },
        this.button("Take down", turn(false), { style: "button-danger-quiet", testId: "fleet-region-down" }),
        this.button("Bring up", turn(true), { testId: "fleet-region-up" }),
      ),
    );
  }

  draw(state) {
    this.choice.offer(Object.entries(state.servers.by_region).sort().map(
      ([region, count]) => [region, `${region} (${count})`],
    ));
  }
}

export class ClusterTask extends Task {
  constructor(api, changed) {
    super({ title: "A cluster", sign: "cluster", name: "cluster" });
    this.choice = new Choice({ label: "Cluster", testId: "fleet-cluster-choice" });
    const turn = (status) => async () => {
      const id = this.choice.value;
      const { line } = await api.fleet("set", { id, field: "status", value: status });
      changed();
      return line === null ? `${id} was ${status} already.` : `${id}: ${line.old} → ${line.new}`;
    };
    this.body.append(
      this.choice.select,
      el(
        "div",
        { class: "task-line is-even" },
        this.button("Degrade", turn("degraded"), { style: "button-danger-quiet", testId: "fleet-cluster-degrade" }),
        this.button("Recover", turn("ready"), { testId: "fleet-cluster-recover" }),
      ),
    );
  }

  draw(state) {
    this.choice.offer(state.clusters.map((row) => [row.id, `${row.id} (${row.status})`]));
  }
}

export class BurstTask extends Task {
  constructor(api, changed) {
    super({ title: "Many changes at once", sign: "wave", name: "burst" });
    const count = number({ label: "How many servers fail", testId: "fleet-burst-count", value: 500 });
    const burst = async () => {
      const wanted = wholeNumber(count, "How many");
      const { changed: done } = await api.fleet("burst", { count: wanted });
      changed();
      return done < wanted ? `${servers(done)} failed: no more were running.` : `${servers(done)} failed at once.`;
    };
    const recover = async () => {
      const { changed: done } = await api.fleet("recover");
      changed();
      return done ? `Everything is well again: ${done} changed.` : "Everything was well already.";
    };
    this.body.append(
      el(
        "div",
        { class: "task-line" },
        count,
        this.button("Fail that many", burst, { style: "button-danger-quiet", testId: "fleet-burst-go" }),
      ),
      this.button(
        [icon("heart"), "Recover everything"],
        recover,
        { style: "button-primary button-wide", testId: "fleet-recover-all" },
      ),
    );
  }
}
