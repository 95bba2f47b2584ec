/** What Vite makes of imports with a question mark. */
declare module "*?worker&inline" {
  export default class extends Worker {
    constructor();
  }
}
