/* A field under the pointer shows what belongs to it. The page says all of it without this. */
document.querySelectorAll("svg").forEach(function (svg) {
	var all = Array.prototype.slice.call(svg.querySelectorAll("[data-f]"));

	all.forEach(function (e) {
		var own = e.getAttribute("data-f").split(" ");

		e.addEventListener("mouseenter", function () {
			svg.classList.add("hot");
			all.forEach(function (o) {
				var names = o.getAttribute("data-f").split(" ");

				o.classList.toggle("hot", names.some(function (n) {
					return own.indexOf(n) !== -1;
				}));
			});
		});
		e.addEventListener("mouseleave", function () {
			svg.classList.remove("hot");
		});
	});
});
