{# The package's own script sends a CSRF token and cookie along, which the API has no use for. #}
"use strict";

SwaggerUIBundle({
  url: "{{ schema_url|escapejs }}",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  ...{{ settings|safe }},
});
