// One flat row of a GitHub push.
{
  repository: Body('repository.full_name'),
  branch: Body('ref'),
  by: Body('pusher.name', 'unknown'),
  head: Body('head_commit').id,
  message: Body('head_commit').message,
  delivery: Header('X-GitHub-Delivery', null),
}
